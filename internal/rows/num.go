package rows

// Num is the unscaled value of a DECIMAL: a whole number of 128 bits in two's complement, which holds 38 digits. The
// scale is the type's.
type Num struct {
	Hi int64
	Lo uint64
}

// NumOf widens a whole number.
func NumOf(v int64) Num { return Num{Hi: v >> 63, Lo: uint64(v)} }

// Int64 gives the value if it fits 64 bits.
func (n Num) Int64() (int64, bool) {
	v := int64(n.Lo)
	return v, v>>63 == n.Hi
}

// Cmp compares two unscaled values of the same scale: -1, 0 or 1.
func (n Num) Cmp(m Num) int {
	switch {
	case n.Hi < m.Hi:
		return -1
	case n.Hi > m.Hi:
		return 1
	case n.Lo < m.Lo:
		return -1
	case n.Lo > m.Lo:
		return 1
	}
	return 0
}
