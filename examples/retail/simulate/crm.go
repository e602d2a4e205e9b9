package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func crm() []activity {
	return []activity{
		{"crm.profile", 4, func(w *world) { w.signUp(one(w, w.customers)) }},
		{"crm.profile", 2, func(w *world) { w.editProfile(one(w, w.customers)) }},
		{"crm.profile", 2, func(w *world) {
			c := one(w, w.customers)
			w.emit("crm.segment.v1.changed", c.id, row{
				"customer_id": c.id, "segment": one(w, []string{"new", "regular", "loyal", "dormant"}), "score": w.random.Float64(), "computed_at": now(),
			})
		}},
		{"crm.consent-center", 3, func(w *world) { w.decide(one(w, w.customers)) }},
	}
}

// signUp writes a customer's whole profile with a first consent, in one transaction; now and then a customer leaves, and
// the consents with the profile.
func (w *world) signUp(c customer) {
	if w.random.Intn(200) == 0 {
		w.store(w.stores.crm, sql("DELETE FROM customer WHERE customer_id = $1", c.id))
		return
	}
	w.store(w.stores.crm, w.profile(c), decision(c, "newsletter", true))
}

// profile writes all that a customer says at sign-up.
func (w *world) profile(c customer) statement {
	address, _ := json.Marshal(map[string]string{"street": fmt.Sprintf("Hlavní %d", 1+w.random.Intn(99)), "city": c.city, "postcode": fmt.Sprintf("%05d", 10000+w.random.Intn(80000))})
	preferences, _ := json.Marshal(map[string]string{"language": strings.ToLower(c.country), "newsletter": "weekly"})
	country := c.country
	if w.spoilt() {
		country = "Czechia" // more than the two letters that the contract asks for
	}
	return sql(`INSERT INTO customer (customer_id, full_name, email, phone, birth_date, address, country, tier, preferences, password_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (customer_id) DO UPDATE SET full_name = excluded.full_name, email = excluded.email, phone = excluded.phone, address = excluded.address,
			country = excluded.country, tier = excluded.tier, preferences = excluded.preferences, updated_at = now()`,
		c.id, c.first+" "+c.last, mail(c), fmt.Sprintf("+420 %09d", 600000000+w.random.Intn(99999999)),
		time.Date(1950+w.random.Intn(55), 1+time.Month(w.random.Intn(12)), 1+w.random.Intn(28), 0, 0, 0, 0, time.UTC),
		string(address), country, one(w, []string{"basic", "basic", "silver", "gold"}), string(preferences), w.uuid())
}

// editProfile changes a part of a profile.
func (w *world) editProfile(c customer) {
	w.store(w.stores.crm, sql("UPDATE customer SET tier = $2, phone = $3, updated_at = now() WHERE customer_id = $1",
		c.id, one(w, []string{"basic", "silver", "gold"}), fmt.Sprintf("+420 %09d", 600000000+w.random.Intn(99999999))))
}

// decide gives or withdraws a consent.
func (w *world) decide(c customer) {
	w.store(w.stores.crm, decision(c, one(w, []string{"newsletter", "profiling", "sharing"}), w.random.Intn(3) > 0))
}

// decision is that of a customer who is still there.
func decision(c customer, purpose string, granted bool) statement {
	return sql(`INSERT INTO consent (customer_id, purpose, granted) SELECT customer_id, $2, $3 FROM customer WHERE customer_id = $1
		ON CONFLICT (customer_id, purpose) DO UPDATE SET granted = excluded.granted, decided_at = now()`, c.id, purpose, granted)
}

func mail(c customer) string {
	ascii := strings.NewReplacer("á", "a", "ř", "r", "é", "e", "š", "s").Replace(strings.ToLower(c.first + "." + c.last))
	return ascii + strings.TrimLeft(c.id[2:], "0") + "@mail.example"
}
