package main

import "time"

func billing() []activity {
	return []activity{
		{"billing.invoicer", 6, func(w *world) { w.bill() }},
		{"billing.invoicer", 4, func(w *world) { w.settle() }},
		{"billing.invoicer", 1, func(w *world) {
			i, id := w.anInvoice(), w.number("credit-note", "N-2026-%07d")
			w.emit("billing.credit-note.v1.created", id, row{"credit_note_id": id, "invoice_id": i.id, "amount": money(i.order.cents / 2), "recorded_at": now()})
		}},
	}
}

// bill writes the invoice of an order.
func (w *world) bill() {
	i := w.newInvoice()
	w.invoices.add(i)
	tax := i.order.cents * 21 / 121
	net := i.order.cents - tax
	if w.spoilt() {
		net = -1 - net
	}
	w.store(w.stores.billing, sql("INSERT INTO invoice (invoice_id, order_id, customer_id, net, tax, due) VALUES ($1, $2, $3, $4::bigint / 100.0, $5::bigint / 100.0, $6)",
		i.id, i.order.id, i.order.customer, net, tax, today().Add(14*24*time.Hour)))
}

// settle marks the oldest open invoice as paid, cancels one in twenty, and takes what is a month old out of the books.
func (w *world) settle() {
	status := "paid"
	if w.random.Intn(20) == 0 {
		status = "cancelled"
	}
	w.store(w.stores.billing,
		sql("UPDATE invoice SET status = $1, recorded_at = now() WHERE invoice_id = (SELECT invoice_id FROM invoice WHERE status = 'open' ORDER BY recorded_at LIMIT 1)", status),
		sql("DELETE FROM invoice WHERE invoice_id = $1 AND status = 'cancelled'", w.anInvoice().id))
}
