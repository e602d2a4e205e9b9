package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

func sortedNames(w written) []string { return slices.Sorted(maps.Keys(w)) }

func meshFiles(name string) written {
	return written{
		"mesh.yaml": fmt.Sprintf(`
name: %s
defaults: {partitions: 6, replication: 3, retention: 7d, notice: 14d}
environments:
  local: {}
  # prod:
  #   server: "https://weft.example.com"
  #   kafka: {bootstrap: ["kafka-1:9093"], tls: {ca: ca.pem}, sasl: {mechanism: SCRAM-SHA-512, user: weft, password: {env: KAFKA_PASSWORD}}}
  #   registry: {url: "https://registry.example.com", user: weft, password: {file: /run/secrets/registry}}
`, name),
		"CODEOWNERS": `
# Who must agree to a change. The governance group owns the rules, each domain its own folder.
/mesh.yaml          @governance
/policies/          @governance
# /domains/logistics/ @logistics
`,
		".github/workflows/weft.yml": `
name: contracts
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5
        with: {go-version: "1.26"}
      - run: go install github.com/weftmesh/weft/cmd/weft@latest
      - run: weft fmt --check .
      - run: weft check --format github .
      - run: weft test .
`,
		".gitlab-ci.yml": `
contracts:
  image: golang:1.26
  script:
    - go install github.com/weftmesh/weft/cmd/weft@latest
    - weft fmt --check .
    - weft check --format junit . > weft-check.xml
    - weft test --format junit . > weft-test.xml
  artifacts:
    when: always
    reports: {junit: weft-*.xml}
`,
		".gitignore": ".weft/\n",
	}
}

func domainFiles(name, owner string) written {
	return written{fmt.Sprintf("domains/%s/domain.yaml", name): fmt.Sprintf(`
domain: %s
owner: %s
members: []
contacts: {chat: "#%s-data"}
apps: {}
`, name, owner, name)}
}

func entityOf(name string) string {
	return strings.ReplaceAll(strings.TrimSuffix(name, "-events"), "-", "_")
}

func eventContract(domain, name, owner string) string {
	return fmt.Sprintf(`
domain: %s
product: %s
version: "1.0"
owner: %s
kind: events
description: What one record of %s says.
sla: {freshness: 30s, availability: 99.9%%, retention: 7d}
schema:
  type: avro
  fields:
    - {name: %s_id, type: string, description: Whose records keep their order}
    - {name: status, type: enum, values: [created, changed], default: created, description: What happened}
    - {name: occurred_at, type: timestamp, required: true, description: "When it happened, in UTC"}
`, domain, name, owner, name, entityOf(name))
}

func tableContract(domain, name, owner string) string {
	return fmt.Sprintf(`
domain: %s
product: %s
version: "1.0"
owner: %s
kind: state
description: The latest row of each %s.
sla: {freshness: 1m, availability: 99.9%%}
schema:
  type: avro
  fields:
    - {name: %s_id, type: string, description: The table's primary key}
    - {name: updated_at, type: timestamp, required: true, description: "When the row changed, in UTC"}
source: {postgres: {connection: %s-db, table: public.%s, snapshot: initial}}
`, domain, name, owner, name, entityOf(name), domain, entityOf(name))
}

func queryContract(domain, name, owner string, p contracts.Product, t contracts.ProductTopic) string {
	freshness := max(p.SLA.Freshness.Std().Seconds()+60, 120)
	return fmt.Sprintf(`
domain: %s
product: %s
version: "1.0"
owner: %s
kind: events
description: How many records of %s there are in each minute.
key: window_start
event_time: window_start
sla: {freshness: %.0fs, availability: 99%%}
schema:
  type: avro
  fields:
    - {name: window_start, type: timestamp, required: true, description: Start of the minute}
    - {name: records, type: long, required: true, description: How many}
transform:
  sql: |
    SELECT window_start, COUNT(*) AS records
    FROM TABLE(TUMBLE(TABLE %s, DESCRIPTOR(%s), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end
`, domain, name, owner, p.Addr, freshness, "`"+string(t.Name)+"`", p.EventTime.Field)
}

// subscriptionFile lets a domain's job read a product of another domain.
func subscriptionFile(p contracts.Product, domain, reader string) string {
	return fmt.Sprintf(`
product: %s
purpose: %s is derived from it.
app: jobs
group: %s-%s
`, p.Addr, reader, domain, reader)
}
