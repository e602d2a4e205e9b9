package expr

import (
	"time"
)

const (
	millisPerDay = 24 * 60 * 60 * 1000
	microsPerDay = millisPerDay * 1000
)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// civil gives the date of a day since 1970-01-01 in the proleptic Gregorian calendar.
func civil(day int64) (year, month, dayOfMonth int) {
	shifted := day + 719468 // since 0000-03-01
	era := floorDiv(shifted, 146097)
	ofEra := shifted - era*146097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shiftedMonth := (5*ofYear + 2) / 153
	dayOfMonth = int(ofYear - (153*shiftedMonth+2)/5 + 1)
	month = int(shiftedMonth) + 3
	if month > 12 {
		month -= 12
	}
	year = int(yearOfEra + era*400)
	if month <= 2 {
		year++
	}
	return year, month, dayOfMonth
}

// dayOf gives the day since 1970-01-01 of a date.
func dayOf(year, month, dayOfMonth int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	ofYear := int64((153*((month+9)%12)+2)/5 + dayOfMonth - 1)
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + ofYear - 719468
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// addMonths moves a day by months; the day of the month is cut to the length of the month it comes to.
func addMonths(day, months int64) int64 {
	year, month, dayOfMonth := civil(day)
	total := int64(year)*12 + int64(month) - 1 + months
	year, month = int(floorDiv(total, 12)), int(floorMod(total, 12))+1
	return dayOf(year, month, min(dayOfMonth, daysIn(year, month)))
}

// localMicros gives what clocks in a zone show at an instant, as microseconds since 1970-01-01T00:00:00 without a zone.
func localMicros(instant int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return instant
	}
	_, offset := time.UnixMicro(instant).In(zone).Zone()
	return instant + int64(offset)*1e6
}

// laterInstantOf is instantOf, but of a time shown twice the later instant: so Java's older classes have it.
func laterInstantOf(local int64, zone *time.Location) int64 {
	early := instantOf(local, zone)
	_, before := time.UnixMicro(early).In(zone).Zone()
	_, after := time.UnixMicro(early + microsPerDay/4).In(zone).Zone()
	if late := early + int64(before-after)*1e6; localMicros(late, zone) == local {
		return late
	}
	return early
}

// instantOf gives the instant at which clocks in a zone show a time. Of a time shown twice it is the earlier instant; one
// that a jump leaves out is moved on by the length of the jump: so Java has it.
func instantOf(local int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return local
	}
	_, before := time.UnixMicro(local - microsPerDay).In(zone).Zone()
	_, after := time.UnixMicro(local + microsPerDay).In(zone).Zone()
	early := local - int64(max(before, after))*1e6
	late := local - int64(min(before, after))*1e6
	switch {
	case localMicros(early, zone) == local:
		return early
	case localMicros(late, zone) == local:
		return late
	}
	return local - int64(before)*1e6 // within the gap: the offset before the jump
}
