package main

import (
	"math/big"
	"time"
)

// spoil gives a row a fault that its schema lets through: a negative amount, an event time long past. It reports
// whether the record shall be written twice instead.
func (b *bus) spoil(value row) (twice bool) {
	switch b.random.Intn(3) {
	case 0:
		for name, v := range value {
			if amount, ok := v.(*big.Rat); ok {
				value[name] = new(big.Rat).Neg(amount)
				return false
			}
		}
	case 1:
		for name, v := range value {
			if at, ok := v.(time.Time); ok {
				value[name] = at.Add(-2 * time.Hour)
				return false
			}
		}
	}
	return true
}
