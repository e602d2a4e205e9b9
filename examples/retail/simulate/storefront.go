package main

import "fmt"

func storefront() []activity {
	return []activity{
		{"storefront.web", 40, func(w *world) {
			visitor, a := fmt.Sprintf("v-%06d", w.random.Intn(3000)), one(w, w.articles)
			w.emit("storefront.page-view.v1.viewed", visitor, row{
				"view_id": w.uuid(), "visitor_id": visitor, "url": "/article/" + a.sku, "sku": a.sku,
				"ip": fmt.Sprintf("10.%d.%d.%d", w.random.Intn(256), w.random.Intn(256), w.random.Intn(256)), "user_agent": "Mozilla/5.0", "viewed_at": now(),
			})
		}},
		{"storefront.web", 12, func(w *world) {
			cart, visitor, a := w.uuid(), fmt.Sprintf("v-%06d", w.random.Intn(3000)), one(w, w.articles)
			common := func() row { return row{"cart_id": cart, "visitor_id": visitor, "happened_at": now()} }
			added := common()
			added["sku"], added["quantity"] = a.sku, int32(1+w.random.Intn(3))
			w.emit("storefront.cart.v1.item-added", cart, added)
			switch w.random.Intn(4) {
			case 0:
				removed := common()
				removed["sku"] = a.sku
				w.emit("storefront.cart.v1.item-removed", cart, removed)
			case 1, 2:
				out := common()
				out["order_id"], out["total"] = w.anOrder().id, money(a.cents)
				w.emit("storefront.cart.v1.checked-out", cart, out)
			}
		}},
		{"storefront.checkout", 10, func(w *world) {
			o := w.newOrder()
			var lines []any
			for range 1 + w.random.Intn(3) {
				a, quantity := one(w, w.articles), 1+w.random.Intn(2)
				o.cents += a.cents * int64(quantity)
				lines = append(lines, map[string]any{"sku": a.sku, "quantity": int32(quantity), "price": money(a.cents)})
			}
			w.orders.add(o)
			w.emit("storefront.order.v1.placed", o.id, ordered(o, "placed", lines))
			if w.random.Intn(12) == 0 {
				w.emit("storefront.order.v1.cancelled", o.id, ordered(o, "cancelled", lines))
			}
		}},
		{"storefront.checkout", 1, func(w *world) {
			o := w.anOrder()
			w.emit("storefront.order.v1.cancelled", o.id, ordered(o, "cancelled", nil))
		}},
	}
}

func ordered(o order, status string, lines []any) row {
	return row{"order_id": o.id, "customer_id": o.customer, "status": status, "currency": "EUR", "total": money(o.cents), "lines": lines, "placed_at": now()}
}
