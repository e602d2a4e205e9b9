package main

import (
	"fmt"
	"time"
)

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
		{"marketing.tracker", 2, func(w *world) {
			s := pick(w, &w.sends, func() send { return send{w.uuid(), "M-001"} })
			w.track(click{MID: s.id, UTM: utm{s.campaign}, URL: w.link(), TS: time.Now().Unix()})
		}},
	}
}

// trackerTopic is where the click tracker writes, which knows nothing of contracts: JSON of its own making. A gate makes
// marketing.click.v1.clicked of it.
const trackerTopic = "click-tracker"

// click is what the tracker writes.
type click struct {
	MID string `json:"mid"`
	UTM utm    `json:"utm"`
	URL string `json:"url"`
	TS  int64  `json:"ts"` // in seconds
}

type utm struct {
	Campaign string `json:"campaign"`
}

// link is where a click leads: most lead to articles, and now and then one has lost its way.
func (w *world) link() string {
	switch w.random.Intn(20) {
	case 0:
		return "javascript:void(0)"
	case 1, 2:
		return "/unsubscribe"
	}
	return "/article/" + one(w, w.articles).sku
}
