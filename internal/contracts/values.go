package contracts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time as contracts write it: 30s, 5m, 2h, 7d, or a sum such as 1h30m.
type Duration time.Duration

var (
	durationForm = regexp.MustCompile(`^(\d+(ms|s|m|h|d|w))+$`)
	durationPart = regexp.MustCompile(`(\d+)(ms|s|m|h|d|w)`)
)

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// maxDuration keeps sums far from overflow: a hundred years.
const maxDuration = 100 * 365 * 24 * time.Hour

// ParseDuration reads the form that contracts use.
func ParseDuration(text string) (Duration, error) {
	if !durationForm.MatchString(text) {
		return 0, fmt.Errorf("%q is not a duration", text)
	}
	total := time.Duration(0)
	for _, part := range durationPart.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(part[1], 10, 64)
		unit := durationUnits[part[2]]
		if err != nil || n > int64(maxDuration/unit) || total+time.Duration(n)*unit > maxDuration {
			return 0, fmt.Errorf("%q is longer than a hundred years", text)
		}
		total += time.Duration(n) * unit
	}
	return Duration(total), nil
}

// UnmarshalText reads the form that contracts use.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// MarshalText writes the form of String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Shape names the form for messages.
func (d *Duration) Shape() string { return "a duration, as in 30s, 5m, 2h or 7d" }

// Std is the duration as Go knows it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String gives the largest unit that needs no fraction: 7d, 90s.
func (d Duration) String() string {
	for _, unit := range []string{"d", "h", "m", "s"} {
		if size := durationUnits[unit]; time.Duration(d)%size == 0 && d != 0 {
			return strconv.FormatInt(int64(time.Duration(d)/size), 10) + unit
		}
	}
	return strconv.FormatInt(time.Duration(d).Milliseconds(), 10) + "ms"
}

// Percent is a share of a hundred: 99.9%.
type Percent float64

// UnmarshalText reads 99.9%.
func (p *Percent) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	switch {
	case !ok || err != nil:
		return fmt.Errorf("%q is not a percentage", text)
	case value < 0 || value > 100 || value != value:
		return fmt.Errorf("%q is not between 0%% and 100%%", text)
	}
	*p = Percent(value)
	return nil
}

// MarshalText writes the form of String.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Shape names the form for messages.
func (p *Percent) Shape() string { return "a percentage, as in 99.9%" }

// String gives 99.9%.
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "%" }

// Date is a day: 2027-06-30. The zero Date is none.
type Date struct{ time.Time }

// UnmarshalText reads year-month-day.
func (d *Date) UnmarshalText(text []byte) error {
	day, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is not a day of the calendar", text)
	}
	d.Time = day
	return nil
}

// MarshalText writes year-month-day, and nothing for no day.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Shape names the form for messages.
func (d *Date) Shape() string { return "a day, as in 2027-06-30" }

// String gives year-month-day, and nothing for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Version is a contract's version: major.minor, where the major number is the topic's.
type Version struct{ Major, Minor int }

var versionForm = regexp.MustCompile(`^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,5})$`)

// ParseVersion reads major.minor.
func ParseVersion(text string) (Version, error) {
	m := versionForm.FindStringSubmatch(text)
	if m == nil {
		return Version{}, fmt.Errorf("%q is not a version", text)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major == 0 {
		return Version{}, fmt.Errorf("%q has major version 0; a product starts at \"1.0\" (lifecycle: draft makes no promises)", text)
	}
	return Version{Major: major, Minor: minor}, nil
}

// String gives major.minor.
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// MarshalText writes the form of String.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the form of String.
func (v *Version) UnmarshalText(text []byte) (err error) {
	*v, err = ParseVersion(string(text))
	return err
}

// Rate is an amount of bytes a second: 20MB/s.
type Rate float64

var rateForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB)/s$`)

var rateUnits = map[string]float64{"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9}

// UnmarshalText reads 20MB/s.
func (r *Rate) UnmarshalText(text []byte) error {
	m := rateForm.FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("%q is not a rate", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	*r = Rate(n * rateUnits[m[2]])
	return err
}

// Shape names the form for messages.
func (r *Rate) Shape() string { return "a rate, as in 20MB/s" }
