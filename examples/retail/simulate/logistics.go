package main

import "math/big"

// next is how a shipment's state goes on.
var next = map[string]string{"created": "in_transit", "in_transit": "delivered", "delivered": "returned", "returned": "created"}

func logistics() []activity {
	return []activity{
		{"logistics.wms", 6, func(w *world) {
			s := w.newShipment()
			w.shipments.add(s)
			w.emit("logistics.shipment.v2.created", s.id, shipped(s))
			w.emit("logistics.shipment.v1.changed", s.id, shippedBefore(s))
		}},
		{"logistics.wms", 8, func(w *world) {
			s := w.aShipment()
			s.status = next[s.status]
			w.emit("logistics.shipment.v2.status-changed", s.id, shipped(*s))
			w.emit("logistics.shipment.v1.changed", s.id, shippedBefore(*s))
		}},
		{"logistics.wms", 2, func(w *world) {
			w.emit("logistics.delivery-slot.v1.changed", "", row{
				"depot": one(w, warehouses), "hour": int32(w.random.Intn(24)), "free": int32(w.random.Intn(200)), "updated_at": now(),
			})
		}},
		{"logistics.carrier-portal", 1, func(w *world) {
			id := one(w, carriers)
			w.emit("logistics.carrier.v1.changed", id, row{
				"carrier_id": id, "name": "Carrier " + id, "countries": []string{"CZ", "SK", "AT", "DE"}, "active": true, "updated_at": now(),
			})
		}},
	}
}

func shipped(s shipment) row {
	return row{"shipment_id": s.id, "order_id": s.order, "status": s.status, "carrier": s.carrier, "weight_kg": big.NewRat(s.grams, 1000), "updated_at": now()}
}

func shippedBefore(s shipment) row {
	return row{"shipment_id": s.id, "state": s.status, "weight_g": int32(s.grams), "updated_at": now()}
}
