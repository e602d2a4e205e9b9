package main

func payments() []activity {
	return []activity{
		{"payments.gateway", 9, func(w *world) {
			p := w.newPayment()
			w.payments.add(p)
			method := one(w, []string{"card", "card", "transfer", "wallet", "voucher"})
			w.emit("payments.payment.v1.authorized", p.id, paid(p, method, nil))
			if w.random.Intn(8) == 0 {
				w.emit("payments.payment.v1.failed", p.id, paid(p, method, one(w, []string{"declined", "expired", "limit"})))
				return
			}
			w.emit("payments.payment.v1.captured", p.id, paid(p, method, nil))
		}},
		{"payments.gateway", 1, func(w *world) {
			p := w.aPayment()
			w.emit("payments.payment.v1.failed", p.id, paid(p, "card", "chargeback"))
		}},
		{"payments.gateway", 1, func(w *world) {
			p, id := w.aPayment(), w.uuid()
			w.emit("payments.refund.v1.issued", id, row{"refund_id": id, "payment_id": p.id, "amount": money(p.order.cents), "issued_at": now()})
		}},
		{"payments.gateway", 1, func(w *world) {
			c, id := one(w, w.customers), w.uuid()
			w.emit("payments.payment-method.v1.changed", id, row{
				"method_id": id, "customer_id": c.id, "kind": one(w, []string{"card", "account", "wallet"}), "iban": w.number("iban", "CZ65080000001920%08d"),
				"holder": c.first + " " + c.last, "stored_at": now(),
			})
		}},
	}
}

func paid(p payment, method string, reason any) row {
	return row{"payment_id": p.id, "order_id": p.order.id, "amount": money(p.order.cents), "currency": "EUR", "method": method, "reason": reason, "occurred_at": now()}
}
