package main

import (
	"fmt"
	"strings"
	"time"
)

func crm() []activity {
	return []activity{
		{"crm.profile", 6, func(w *world) {
			c := one(w, w.customers)
			if w.random.Intn(200) == 0 {
				w.tombstone("crm.customer.v1.changed", c.id)
				return
			}
			w.emit("crm.customer.v1.changed", c.id, row{
				"customer_id": c.id, "full_name": c.first + " " + c.last, "email": mail(c), "phone": fmt.Sprintf("+420 %09d", 600000000+w.random.Intn(99999999)),
				"birth_date": time.Date(1950+w.random.Intn(55), 1+time.Month(w.random.Intn(12)), 1+w.random.Intn(28), 0, 0, 0, 0, time.UTC),
				"country":    c.country, "tier": one(w, []string{"basic", "basic", "silver", "gold"}),
				"address":     map[string]any{"street": fmt.Sprintf("Hlavní %d", 1+w.random.Intn(99)), "city": c.city, "postcode": fmt.Sprintf("%05d", 10000+w.random.Intn(80000))},
				"preferences": map[string]any{"language": strings.ToLower(c.country), "newsletter": "weekly"},
				"updated_at":  now(),
			})
		}},
		{"crm.profile", 2, func(w *world) {
			c := one(w, w.customers)
			w.emit("crm.segment.v1.changed", c.id, row{
				"customer_id": c.id, "segment": one(w, []string{"new", "regular", "loyal", "dormant"}), "score": w.random.Float64(), "computed_at": now(),
			})
		}},
		{"crm.consent-center", 3, func(w *world) {
			c := one(w, w.customers)
			topic := one(w, []string{"crm.consent.v1.given", "crm.consent.v1.given", "crm.consent.v1.withdrawn"})
			w.emit(topic, c.id, row{"consent_id": w.uuid(), "customer_id": c.id, "purpose": one(w, []string{"newsletter", "profiling", "sharing"}), "decided_at": now()})
		}},
	}
}

func mail(c customer) string {
	ascii := strings.NewReplacer("á", "a", "ř", "r", "é", "e", "š", "s").Replace(strings.ToLower(c.first + "." + c.last))
	return ascii + strings.TrimLeft(c.id[2:], "0") + "@mail.example"
}
