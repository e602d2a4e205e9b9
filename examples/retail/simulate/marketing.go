package main

import "fmt"

func marketing() []activity {
	return []activity{
		{"marketing.campaigns", 1, func(w *world) {
			id := fmt.Sprintf("M-%03d", 1+w.random.Intn(30))
			w.emit("marketing.campaign.v1.changed", id, row{
				"campaign_id": id, "name": "Campaign " + id, "channel": one(w, []string{"mail", "push", "web"}), "budget": money(100000 + int64(w.random.Intn(900000))),
				"starts_on": today(), "updated_at": now(),
			})
		}},
		{"marketing.campaigns", 5, func(w *world) {
			c, s := one(w, w.customers), send{w.uuid(), fmt.Sprintf("M-%03d", 1+w.random.Intn(30))}
			w.sends.add(s)
			w.emit("marketing.campaign-send.v1.sent", s.id, row{"send_id": s.id, "campaign_id": s.campaign, "customer_id": c.id, "address": mail(c), "sent_at": now()})
		}},
		{"marketing.campaigns", 2, func(w *world) {
			s := pick(w, &w.sends, func() send { return send{w.uuid(), "M-001"} })
			w.emit("marketing.click.v1.clicked", s.id, row{"send_id": s.id, "campaign_id": s.campaign, "link": "/article/" + one(w, w.articles).sku, "clicked_at": now()})
		}},
	}
}
