package flinksql

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// TestTheTableNamesEveryFunctionThatFlinkHas asks Flink for its functions, those that a person may call.
func TestTheTableNamesEveryFunctionThatFlinkHas(t *testing.T) {
	oracle := NewOracle(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	answer, err := oracle.Run(ctx, cases.Case{Query: "SHOW FUNCTIONS"})
	if err != nil || len(answer.Rows) < 200 {
		t.Fatalf("%d functions: %v", len(answer.Rows), err)
	}
	table := map[string]bool{}
	for _, f := range cases.Functions() {
		table[plain(f.Name())] = true
	}
	for name := range strings.FieldsSeq(internal) {
		table[plain(name)] = true
	}
	for _, row := range answer.Rows {
		if name := strings.Trim(row.Values[0], `"`); !table[plain(name)] {
			t.Errorf("Flink has %s, and the table does not", name)
		}
	}
}

// plain is a name without what its spellings differ in: dateFormat, DATE_FORMAT.
func plain(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "_", ""))
}

// internal are names that Flink lists for its Table API and its planner: they are no functions of
// SQL, or stand in SQL as operators, literals and clauses.
const internal = `
	AGG_DECIMAL_MINUS AGG_DECIMAL_PLUS HIVE_AGG_DECIMAL_PLUS ASSIGNMENT DEFAULT
	JSON_ARRAYAGG_ABSENT_ON_NULL JSON_ARRAYAGG_NULL_ON_NULL JSON_OBJECTAGG_ABSENT_ON_NULL JSON_OBJECTAGG_NULL_ON_NULL
	IS_JSON LIKE and or not in array map row as asc desc at between notBetween cardinality distinct divide plus minus
	minusPrefix times equals notEquals greaterThan greaterThanOrEqual lessThan lessThanOrEqual similar
	isTrue isNotTrue isFalse isNotFalse isNull isNotNull ceil floor flatten get ifThenElse lowerCase upperCase
	over rangeTo start end rowtime reinterpretCast streamRecordTimestamp sum0 temporalOverlaps trim
	withColumns withoutColumns toDate toTimestamp TRANSLATE3
`
