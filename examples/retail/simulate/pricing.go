package main

func pricing() []activity {
	return []activity{
		{"pricing.price-engine", 4, func(w *world) {
			i := w.random.Intn(len(w.articles))
			a := &w.articles[i]
			before := a.cents
			a.cents = max(99, a.cents*int64(90+w.random.Intn(21))/100)
			w.emit("pricing.price.v1.changed", a.sku, row{"sku": a.sku, "amount": money(a.cents), "currency": "EUR", "valid_from": now()})
			w.emit("pricing.price-change.v1.changed", a.sku, row{
				"sku": a.sku, "old_amount": money(before), "new_amount": money(a.cents), "reason": one(w, []string{"cost", "competition", "promotion", "correction"}), "changed_at": now(),
			})
		}},
		{"pricing.price-engine", 1, func(w *world) {
			id := w.number("promotion", "P-%05d")
			promotion := func() row {
				return row{"promotion_id": id, "percent": float32(5 + w.random.Intn(30)), "skus": []any{one(w, w.articles).sku, one(w, w.articles).sku}, "changed_at": now()}
			}
			w.emit("pricing.promotion.v1.started", id, promotion())
			w.emit("pricing.promotion.v1.ended", id, promotion())
		}},
	}
}
