package main

import "time"

func inventory() []activity {
	return []activity{
		{"inventory.stock", 10, func(w *world) {
			a, place := one(w, w.articles), one(w, warehouses)
			reason, quantity := one(w, []string{"picked", "picked", "picked", "received", "returned", "lost"}), int32(1+w.random.Intn(5))
			if reason == "picked" || reason == "lost" {
				quantity = -quantity
			}
			w.emit("inventory.stock-movement.v1.booked", a.sku, row{
				"movement_id": w.uuid(), "sku": a.sku, "warehouse_id": place, "quantity": quantity, "reason": reason, "booked_at": now(),
			})
			w.emit("inventory.stock-level.v1.changed", "", row{
				"sku": a.sku, "warehouse_id": place, "on_hand": int32(50 + w.random.Intn(500)), "reserved": int32(w.random.Intn(50)), "counted_at": now(),
			})
		}},
		{"inventory.stock", 1, func(w *world) {
			id := one(w, warehouses)
			w.emit("inventory.warehouse.v1.changed", id, row{
				"warehouse_id": id, "city": one(w, places)[1], "capacity": int64(20000), "opened_on": time.Date(2019, 4, 1, 0, 0, 0, 0, time.UTC), "updated_at": now(),
			})
		}},
	}
}
