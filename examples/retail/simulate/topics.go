package main

// topics are all that the applications write by a contract.
func topics() []string {
	return []string{
		"crm.segment.v1.changed",
		"storefront.page-view.v1.viewed", "storefront.cart.v1.item-added", "storefront.cart.v1.item-removed", "storefront.cart.v1.checked-out",
		"storefront.order.v1.placed", "storefront.order.v1.cancelled",
		"payments.payment.v1.authorized", "payments.payment.v1.captured", "payments.payment.v1.failed", "payments.refund.v1.issued", "payments.payment-method.v1.changed",
		"billing.credit-note.v1.created",
		"logistics.shipment.v2.created", "logistics.shipment.v2.status-changed", "logistics.shipment.v1.changed", "logistics.carrier.v1.changed", "logistics.delivery-slot.v1.changed",
		"inventory.stock-level.v1.changed", "inventory.stock-movement.v1.booked", "inventory.warehouse.v1.changed",
		"pricing.price.v1.changed", "pricing.price-change.v1.changed", "pricing.promotion.v1.started", "pricing.promotion.v1.ended",
		"marketing.campaign.v1.changed", "marketing.campaign-send.v1.sent",
	}
}
