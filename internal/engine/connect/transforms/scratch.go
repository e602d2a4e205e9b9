package transforms

// Scratch is memory for what transforms make. What lies in it holds until Reset.
type Scratch struct{ block []byte }

// Reset frees all at once.
func (s *Scratch) Reset() { s.block = s.block[:0] }

// take is an empty slice to append to; keep says that it is done and gives it cut to its length.
func (s *Scratch) take() []byte { return s.block[len(s.block):] }

func (s *Scratch) keep(v []byte) []byte {
	if cap(v) == cap(s.block)-len(s.block) {
		s.block = s.block[:len(s.block)+len(v)]
	} else {
		s.block = v // it has outgrown the block, which stays with those that refer to it
	}
	return v[:len(v):len(v)]
}
