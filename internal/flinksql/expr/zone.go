package expr

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// zones keeps the zones that were asked for: loading one reads the time zone database.
var zones sync.Map

// Zone finds a time zone as Flink's table.local-time-zone names it: Europe/Berlin, UTC, GMT+02:00, +02:00.
func Zone(name string) (*time.Location, error) { return zoneOf(name) }

func zoneOf(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		zone, _ := known.(*time.Location)
		return zone, nil
	}
	zone, err := loadZone(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, zone)
	return zone, nil
}

func loadZone(name string) (*time.Location, error) {
	offset := strings.TrimPrefix(strings.TrimPrefix(name, "UTC"), "GMT")
	switch {
	case offset == "" || name == "Z":
		if name == "" {
			return nil, fmt.Errorf("a time zone has a name")
		}
		return time.UTC, nil
	case offset[0] == '+' || offset[0] == '-':
		text := offset[1:]
		micros, ok := parseClock(text)
		if !ok {
			return nil, fmt.Errorf("there is no time zone %s", name)
		}
		seconds := int(micros / 1e6)
		if offset[0] == '-' {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds), nil
	case name == "Local":
		return nil, fmt.Errorf("there is no time zone %s", name)
	}
	return time.LoadLocation(name)
}
