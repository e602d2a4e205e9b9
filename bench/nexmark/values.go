package nexmark

// Generator gives the values of events by their numbers.
type Generator struct {
	seed  uint64
	pools *pools
}

// NewGenerator makes the generator of a seed.
func NewGenerator(seed uint64) *Generator {
	return &Generator{seed: seed, pools: newPools(seed)}
}

// The types of events.
const (
	isPerson = iota
	isAuction
	isBid
)

func typeOf(event int64) int64 {
	switch at := event % cycle; {
	case at < people:
		return isPerson
	case at < people+auctions:
		return isAuction
	}
	return isBid
}

func timeOf(event int64) int64 { return begin + event/eventsPerMilli }

func micros(event int64) int64 { return timeOf(event) * microsPerMillis }

// extra fills an event up to about its size: a fifth more or less than what is missing.
func (g *Generator) extra(event, missing int64) string {
	spread := (missing + 2) / 5
	n := missing - spread + below(draw(g.seed, event, drawExtra), 2*spread)
	return piece(g.pools.letters, draw(g.seed, event, drawExtraAt), n)
}

// value is one member of an event: a number, or a text.
type (
	number func(g *Generator, event int64) int64
	text   func(g *Generator, event int64) string
)

var personNumbers = map[string]number{
	"id":       func(_ *Generator, event int64) int64 { return firstID + lastPerson(event) },
	"dateTime": func(_ *Generator, event int64) int64 { return micros(event) },
}

var personTexts = map[string]text{
	"name":         (*Generator).personName,
	"emailAddress": (*Generator).email,
	"creditCard":   (*Generator).card,
	"city": func(g *Generator, event int64) string {
		return cities[below(draw(g.seed, event, drawCity), int64(len(cities)))]
	},
	"state": func(g *Generator, event int64) string {
		return states[below(draw(g.seed, event, drawState), int64(len(states)))]
	},
	"extra": func(g *Generator, event int64) string {
		return g.extra(event, personSize-8-int64(len(g.personName(event))+len(g.email(event))+len(g.card(event))+12))
	},
}

func (g *Generator) personName(event int64) string {
	return g.pools.names[below(draw(g.seed, event, drawName), int64(len(g.pools.names)))]
}

func (g *Generator) email(event int64) string {
	return g.pools.emails[below(draw(g.seed, event, drawText), poolSize)]
}

func (g *Generator) card(event int64) string {
	return g.pools.cards[below(draw(g.seed, event, drawTextAt), poolSize)]
}

var auctionNumbers = map[string]number{
	"id":         func(_ *Generator, event int64) int64 { return firstID + lastAuction(event) },
	"initialBid": func(g *Generator, event int64) int64 { return g.price(event, drawPrice) },
	"reserve":    func(g *Generator, event int64) int64 { return g.price(event, drawPrice) + g.price(event, drawReserve) },
	"dateTime":   func(_ *Generator, event int64) int64 { return micros(event) },
	"expires":    (*Generator).expires,
	"seller":     (*Generator).seller,
	"category": func(g *Generator, event int64) int64 {
		return firstCategory + below(draw(g.seed, event, drawCategory), categories)
	},
}

var auctionTexts = map[string]text{
	"itemName":    func(g *Generator, event int64) string { return g.words(event, drawName, 20) },
	"description": func(g *Generator, event int64) string { return g.words(event, drawText, 100) },
	"extra": func(g *Generator, event int64) string {
		return g.extra(event, auctionSize-48-int64(len(g.words(event, drawName, 20))+len(g.words(event, drawText, 100))))
	},
}

// words is text of 3 to longest-1 characters; the next draw says where it is from.
func (g *Generator) words(event int64, of uint64, longest int64) string {
	return piece(g.pools.words, draw(g.seed, event, of+1), 3+below(draw(g.seed, event, of), longest-3))
}

// expires is at random up to twice the time in which as many auctions begin as are open.
func (g *Generator) expires(event int64) int64 {
	horizon := timeOf(event+inFlight*cycle/auctions) - timeOf(event)
	return (timeOf(event) + 1 + below(draw(g.seed, event, drawExpires), max(2*horizon, 1))) * microsPerMillis
}

func (g *Generator) seller(event int64) int64 {
	if g.hot(event, 0, hotSellers) {
		return firstID + lastPerson(event)/hotEvery*hotEvery
	}
	return firstID + g.somePerson(event, drawPerson)
}

var bidNumbers = map[string]number{
	"auction":  (*Generator).auction,
	"bidder":   (*Generator).bidder,
	"price":    func(g *Generator, event int64) int64 { return g.price(event, drawPrice) },
	"dateTime": func(_ *Generator, event int64) int64 { return micros(event) },
}

var bidTexts = map[string]text{
	"channel": func(g *Generator, event int64) string {
		at, hot := g.channel(event)
		if hot {
			return hotNames[at]
		}
		return g.pools.channels[at]
	},
	"url": func(g *Generator, event int64) string {
		at, hot := g.channel(event)
		if hot {
			return g.pools.hotURLs[at]
		}
		return g.pools.urls[at]
	},
	"extra": func(g *Generator, event int64) string { return g.extra(event, bidSize-32) },
}

func (g *Generator) auction(event int64) int64 {
	if g.hot(event, 0, hotAuctions) {
		return firstID + lastAuction(event)/hotEvery*hotEvery
	}
	return firstID + g.someAuction(event, drawAuction)
}

// bidder of hot bids is the second of a hundred people, not the first, who is the hot seller.
func (g *Generator) bidder(event int64) int64 {
	if g.hot(event, 8, hotBidders) {
		return firstID + lastPerson(event)/hotEvery*hotEvery + 1
	}
	return firstID + g.somePerson(event, drawPerson)
}

// channel is, for every other bid, one of the hot ones.
func (g *Generator) channel(event int64) (at int64, hot bool) {
	bits := draw(g.seed, event, drawChannel)
	if bits&1 == 1 {
		return below(bits, hotChannels), true
	}
	return below(bits, channels), false
}
