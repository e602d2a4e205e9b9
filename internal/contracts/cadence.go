package contracts

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // zones are part of contracts; they must not depend on the machine
)

// Cadences that are words of their own.
const (
	Always   = "24/7"
	OnChange = "on-change"
)

// Cadence says when a product's freshness is owed.
type Cadence struct {
	OnChange bool
	Days     [7]bool       // by time.Weekday; all for 24/7
	From, To time.Duration // of the day
	Zone     *time.Location
}

var cadenceForm = regexp.MustCompile(`^([a-z,-]+) ([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d) (\S+)$`)

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseCadence reads 24/7, on-change, or days, hours and an IANA zone: weekdays 06:00-22:00 Europe/Prague. Days are
// weekdays, weekends, daily, or a list such as mon,wed,fri.
func ParseCadence(text string) (Cadence, error) {
	switch text {
	case Always:
		return Cadence{Days: allDays, To: 24 * time.Hour, Zone: time.UTC}, nil
	case OnChange:
		return Cadence{OnChange: true, Days: allDays, To: 24 * time.Hour, Zone: time.UTC}, nil
	}
	m := cadenceForm.FindStringSubmatch(text)
	if m == nil {
		return Cadence{}, fmt.Errorf("%q is not a cadence", text)
	}
	days, err := parseDays(m[1])
	if err != nil {
		return Cadence{}, err
	}
	zone, err := time.LoadLocation(m[6])
	if err != nil || m[6] == "Local" {
		return Cadence{}, fmt.Errorf("%q is not an IANA time zone", m[6])
	}
	c := Cadence{Days: days, From: clock(m[2], m[3]), To: clock(m[4], m[5]), Zone: zone}
	if c.From >= c.To || c.To > 24*time.Hour {
		return Cadence{}, fmt.Errorf("%s:%s-%s:%s is not a span of one day", m[2], m[3], m[4], m[5])
	}
	return c, nil
}

var allDays = [7]bool{true, true, true, true, true, true, true}

func parseDays(text string) ([7]bool, error) {
	switch text {
	case "daily":
		return allDays, nil
	case "weekdays":
		return [7]bool{false, true, true, true, true, true, false}, nil
	case "weekends":
		return [7]bool{true, false, false, false, false, false, true}, nil
	}
	var days [7]bool
	for _, name := range strings.Split(text, ",") {
		found := false
		for i, day := range dayNames {
			if name == day {
				days[i], found = true, true
			}
		}
		if !found {
			return days, fmt.Errorf("%q is not a day; write weekdays, weekends, daily, or mon,tue ...", name)
		}
	}
	return days, nil
}

func clock(hour, minute string) time.Duration {
	at, _ := time.ParseDuration(hour + "h" + minute + "m")
	return at
}

// Covers reports whether freshness is owed at an instant.
func (c Cadence) Covers(at time.Time) bool {
	local := at.In(c.Zone)
	of := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	return c.Days[local.Weekday()] && of >= c.From && of < c.To
}
