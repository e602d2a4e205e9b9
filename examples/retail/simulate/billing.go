package main

import "time"

func billing() []activity {
	return []activity{
		{"billing.invoicer", 6, func(w *world) {
			i := w.newInvoice()
			w.invoices.add(i)
			w.emit("billing.invoice.v1.created", i.id, invoiced(i))
		}},
		{"billing.invoicer", 4, func(w *world) {
			i := w.anInvoice()
			w.emit("billing.invoice.v1.paid", i.id, invoiced(i))
		}},
		{"billing.invoicer", 1, func(w *world) {
			i, id := w.anInvoice(), w.number("credit-note", "N-2026-%07d")
			w.emit("billing.credit-note.v1.created", id, row{"credit_note_id": id, "invoice_id": i.id, "amount": money(i.order.cents / 2), "recorded_at": now()})
		}},
	}
}

func invoiced(i invoice) row {
	tax := i.order.cents * 21 / 121
	return row{
		"invoice_id": i.id, "order_id": i.order.id, "customer_id": i.order.customer, "net": money(i.order.cents - tax), "tax": money(tax),
		"due": today().Add(14 * 24 * time.Hour), "recorded_at": now(),
	}
}
