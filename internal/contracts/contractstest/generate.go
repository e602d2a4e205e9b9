// Package contractstest makes meshes of any size, for benchmarks and tests of scale.
package contractstest

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

// domainSize is how many products one domain of a generated mesh has.
const domainSize = 25

// Mesh gives the files of a sound mesh with n products: direct ones with and without personal data, products of state,
// and derived ones, each domain reading from the one before it. The same n gives the same text.
func Mesh(n int) contracts.Bundle {
	files := contracts.Bundle{"mesh.yaml": "name: generated\nenvironments:\n  local: {}\n"}
	for i := range n {
		domain := i / domainSize
		if i%domainSize == 0 {
			files[fmt.Sprintf("domains/d%03d/domain.yaml", domain)] = domainFile(domain)
		}
		if i%domainSize == 1 && domain > 0 {
			files[fmt.Sprintf("domains/d%03d/subscriptions/before.yaml", domain)] = subscription(domain)
		}
		files[fmt.Sprintf("domains/d%03d/p%05d-events/data-contract.yaml", domain, i)] = contract(i, domain)
	}
	return files
}

func domainFile(domain int) string {
	return fmt.Sprintf(`domain: d%03d
owner: leads-%03d@example.com
members: [team-%03d@example.com]
apps:
  reader: {}
  writer: {}
`, domain, domain, domain)
}

func subscription(domain int) string {
	before := domain - 1
	return fmt.Sprintf(`product: d%03d/p%05d-events/v2
purpose: Follow what happens there.
app: reader
group: d%03d-reader
fields: [entity_id, status, updated_at]
needs: {freshness: 5m}
`, before, before*domainSize, domain)
}

func contract(i, domain int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "domain: d%03d\nproduct: p%05d-events\nversion: \"2.%d\"\nowner: team-%03d@example.com\n", domain, i, i%9, domain)
	fmt.Fprintf(&b, "description: Every change of entity %d that others may rely on.\ntags: [generated, part-%d]\n", i, i%7)
	b.WriteString("events: [created, status-changed]\nkey: entity_id\nevent_time: updated_at\napp: writer\n")
	b.WriteString("sla:\n  freshness: 2m\n  availability: 99.9%\n  latency: {p99: 5s}\n  retention: 7d\n")
	fmt.Fprintf(&b, "schema:\n  type: avro\n  registry: https://schema-registry.internal/d%03d/p%05d/v2\n  fields:\n", domain, i)
	if i%4 == 3 && i%domainSize > 0 { // from the product before it, of the same domain
		b.WriteString(fields[:strings.Index(fields, "    - name: items")])
		b.WriteString(checks)
		fmt.Fprintf(&b, "transform:\n  event: created\n  sql: |\n    SELECT entity_id, status, weight_kg, updated_at\n    FROM `d%03d.p%05d.v2.created`\n    WHERE status = 'delivered'\n", (i-1)/domainSize, i-1)
		return b.String()
	}
	b.WriteString(fields)
	if i%5 == 0 {
		b.WriteString("    - {name: email, type: string, pii: true, mask: hash, format: email, description: Of the person who ordered.}\n")
	}
	for j := range i % 12 {
		fmt.Fprintf(&b, "    - {name: attribute_%02d, type: string, description: Attribute %d as the source has it.}\n", j, j)
	}
	b.WriteString(checks)
	return b.String()
}

const fields = `    - name: entity_id
      type: string
      required: true
      description: Identifies the entity for as long as it exists.
    - name: status
      type: enum
      values: [created, in_transit, delivered, returned]
      default: created
      description: Where the entity stands.
    - name: weight_kg
      type: decimal(10,3)
      min: 0
      max: 40000
      description: As weighed.
    - name: updated_at
      type: timestamp
      required: true
      description: When it happened.
    - name: items
      type: array
      description: What is in it.
      items:
        type: record
        fields:
          - {name: sku, type: string, required: true, pattern: '^[A-Z0-9-]+$', description: The article.}
          - {name: quantity, type: int, min: 1, description: How many.}
`

const checks = `quality:
  - {name: weight-positive, check: "weight_kg > 0", dimension: validity, threshold: 99.5%}
  - {name: no-duplicate, unique: [entity_id, updated_at], within: 1h}
`
