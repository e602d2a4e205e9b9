// Package nexmark makes the events of the Nexmark benchmark (an auction house: people, auctions and bids), as a table
// of the embedded engine and, by the same rules, of Flink.
package nexmark

import (
	"math"
	"strings"
)

// The facts of Nexmark's generator, at its defaults: of 50 events 1 is a new person, 3 are auctions and 46 bids.
const (
	people, auctions, bids = 1, 3, 46
	cycle                  = people + auctions + bids

	firstID         = 1000
	firstCategory   = 10
	categories      = 5
	activePeople    = 1000
	inFlight        = 100 // auctions that take bids at any time
	lead            = 10  // people and auctions that are named before they are there
	hotEvery        = 100 // of so many ids in a row one is hot
	hotSellers      = 4   // 1 of so many auctions is not of the hot seller
	hotAuctions     = 2   // the same of bids
	hotBidders      = 4
	channels        = 10_000
	hotChannels     = 4
	personSize      = 200 // bytes of an event, on average; the column extra fills them up
	auctionSize     = 500
	bidSize         = 100
	eventsPerMilli  = 10
	begin           = 1_436_918_400_000 // 2015-07-15T00:00:00Z, in milliseconds
	microsPerMillis = 1000
)

// Every value is drawn from the seed, the event's number and a name for the draw, so that a column that no one reads
// costs nothing and both generators agree on all others.
const (
	drawPerson = iota + 1
	drawAuction
	drawHot
	drawPrice
	drawReserve
	drawChannel
	drawExtra
	drawExtraAt
	drawName
	drawNameAt
	drawText
	drawTextAt
	drawCategory
	drawExpires
	drawCity
	drawState
	draws = 16
)

const golden = 0x9e3779b97f4a7c15

// draw gives 64 random bits: the finalizer of splitmix64 over a counter.
func draw(seed uint64, event int64, of uint64) uint64 {
	x := seed + (uint64(event)*draws+of)*golden
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below narrows random bits to 0 ... n-1.
func below(bits uint64, n int64) int64 { return int64((bits >> 32) * uint64(n) >> 32) }

// lastPerson is the number of the newest person at an event.
func lastPerson(event int64) int64 { return event / cycle }

// lastAuction is the number of the newest auction at an event.
func lastAuction(event int64) int64 {
	round, at := event/cycle, event%cycle
	switch {
	case at < people:
		return round*auctions - 1
	case at < people+auctions:
		return round*auctions + at - people
	}
	return round*auctions + auctions - 1
}

func (g *Generator) somePerson(event int64, of uint64) int64 {
	n := lastPerson(event) + 1
	active := min(n, activePeople)
	return n - active + below(draw(g.seed, event, of), active+lead)
}

func (g *Generator) someAuction(event int64, of uint64) int64 {
	newest := max(lastAuction(event), 0)
	oldest := max(newest-inFlight, 0)
	return oldest + below(draw(g.seed, event, of), newest-oldest+1+lead)
}

// hot reports whether an event is of the hot one; n-1 of n are.
func (g *Generator) hot(event int64, shift, n uint64) bool {
	return (draw(g.seed, event, drawHot)>>shift)%n > 0
}

// Prices are 100 to 100,000,000, evenly on a logarithmic scale: a table with straight lines between its 4097 points.
const (
	priceSteps    = 4096
	priceFraction = 20 // bits
)

var prices = func() (table [priceSteps + 1]int64) {
	for i := range table {
		table[i] = int64(math.Floor(math.Pow(10, float64(i)*6/priceSteps)*100 + 0.5))
	}
	return table
}()

func (g *Generator) price(event int64, of uint64) int64 {
	bits := draw(g.seed, event, of)
	at, rest := bits>>52, int64(bits>>32&(1<<priceFraction-1))
	return prices[at] + (prices[at+1]-prices[at])*rest>>priceFraction
}

// pools are the texts that values are taken from.
type pools struct {
	letters  string // a megabyte
	words    string // the same with spaces: 1 of 13 characters
	names    []string
	emails   []string
	cards    []string
	channels []string
	urls     []string
	hotURLs  []string
}

const (
	textSize = 1 << 20
	poolSize = 4096
)

var (
	firstNames = strings.Split("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter", ",")
	lastNames  = strings.Split("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris", ",")
	cities     = strings.Split("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne", ",")
	states     = strings.Split("AZ,CA,ID,OR,WA,WY", ",")
	hotNames   = strings.Split("Google,Facebook,Baidu,Apple", ",")
)
