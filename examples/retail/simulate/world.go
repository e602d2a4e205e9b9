package main

import (
	"fmt"
	"math/big"
	"math/rand"
	"time"
)

// world is what the applications know in common: customers, articles, orders. One goroutine uses it.
type world struct {
	random  *rand.Rand
	bus     *bus
	stores  stores
	app     string // that acts now
	emitted int64

	customers []customer
	articles  []article
	orders    ring[order]
	payments  ring[payment]
	shipments ring[shipment]
	invoices  ring[invoice]
	sends     ring[send]
	numbers   map[string]int
}

type customer struct{ id, first, last, country, city string }

type article struct {
	sku   string
	cents int64
}

type order struct {
	id, customer string
	cents        int64
}

type payment struct {
	id    string
	order order
}

type shipment struct {
	id, order, carrier, status string
	grams                      int64
}

type invoice struct {
	id    string
	order order
}

type send struct{ id, campaign string }

// ring remembers the newest items.
type ring[T any] struct {
	items []T
	next  int
}

const remembered = 1000

func (r *ring[T]) add(item T) {
	if len(r.items) < remembered {
		r.items = append(r.items, item)
		return
	}
	r.items[r.next] = item
	r.next = (r.next + 1) % remembered
}

// pick gives an item, or the one that make makes where there is none yet.
func pick[T any](w *world, r *ring[T], create func() T) T {
	if len(r.items) == 0 {
		r.add(create())
	}
	return r.items[w.random.Intn(len(r.items))]
}

var (
	firstNames = []string{"Anna", "Bořek", "Clara", "David", "Eva", "Filip", "Greta", "Hugo", "Iva", "Jan", "Karla", "Libor"}
	lastNames  = []string{"Novák", "Svoboda", "Schmidt", "Keller", "Rossi", "Dvořák", "Kowalski", "Horváth", "Weber", "Moreau"}
	places     = [][2]string{{"CZ", "Praha"}, {"CZ", "Brno"}, {"DE", "Leipzig"}, {"AT", "Wien"}, {"SK", "Bratislava"}, {"PL", "Kraków"}}
	carriers   = []string{"dpd", "gls", "ppl", "post"}
	warehouses = []string{"prg-1", "brq-1", "vie-1", "lej-1"}
)

func newWorld(seed int64, b *bus, s stores) *world {
	w := &world{random: rand.New(rand.NewSource(seed)), bus: b, stores: s, numbers: map[string]int{}}
	for i := range 500 {
		place := places[w.random.Intn(len(places))]
		w.customers = append(w.customers, customer{
			id: fmt.Sprintf("C-%08d", i+1), first: one(w, firstNames), last: one(w, lastNames), country: place[0], city: place[1],
		})
	}
	for i := range 200 {
		w.articles = append(w.articles, article{sku: fmt.Sprintf("SKU-%05d", 10000+i*7), cents: 199 + int64(w.random.Intn(20000))})
	}
	return w
}

// as lets an application do one of its activities.
func (w *world) as(a activity) {
	w.app = a.app
	a.do(w)
}

// store writes a transaction of the application that acts, where it has a database.
func (w *world) store(to *store, statements ...statement) {
	w.emitted++
	if to != nil {
		to.commit(statements...)
	}
}

// spoilt reports whether what is written next shall have a fault.
func (w *world) spoilt() bool { return w.bus.faults > 0 && w.random.Float64() < w.bus.faults }

// emit writes a record of the application that acts.
func (w *world) emit(topic, key string, value row) {
	w.emitted++
	w.bus.send(w.app, topic, key, value)
}

// track writes what the click tracker has to say.
func (w *world) track(c click) {
	w.emitted++
	w.bus.raw(w.app, trackerTopic, c)
}

func one[T any](w *world, list []T) T { return list[w.random.Intn(len(list))] }

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

func money(cents int64) *big.Rat { return big.NewRat(cents, 100) }

func (w *world) number(kind, format string) string {
	w.numbers[kind]++
	return fmt.Sprintf(format, w.numbers[kind])
}

func (w *world) uuid() string {
	a, b := w.random.Uint64(), w.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

func (w *world) anOrder() order     { return pick(w, &w.orders, w.newOrder) }
func (w *world) aPayment() payment  { return pick(w, &w.payments, w.newPayment) }
func (w *world) anInvoice() invoice { return pick(w, &w.invoices, w.newInvoice) }
func (w *world) aShipment() *shipment {
	pick(w, &w.shipments, w.newShipment)
	return &w.shipments.items[w.random.Intn(len(w.shipments.items))]
}

func (w *world) newOrder() order {
	return order{id: w.number("order", "O-%010d"), customer: one(w, w.customers).id}
}

func (w *world) newPayment() payment { return payment{id: w.uuid(), order: w.anOrder()} }

func (w *world) newInvoice() invoice {
	return invoice{id: w.number("invoice", "I-2026-%07d"), order: w.anOrder()}
}

func (w *world) newShipment() shipment {
	return shipment{id: w.number("shipment", "S-%010d"), order: w.anOrder().id, carrier: one(w, carriers), status: "created", grams: 100 + int64(w.random.Intn(20000))}
}
