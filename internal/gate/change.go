package gate

import (
	"time"

	"github.com/weftmesh/weft/internal/codecs"
)

// action is what a raw record asks of the product.
type action int

const (
	upsert   action = iota // a row is so from now on, or has happened
	remove                 // the row of a key is gone
	absorbed               // it says nothing that another record does not say
	refused                // it cannot be read
	truncate               // all rows are gone
)

// change is a raw record as the product's contract sees it.
type change struct {
	action  action
	values  map[string]any // of an upsert: the contract's fields by name, as JSON has them (codecs.ParseObject)
	old     map[string]any // of a removal, or an upsert that changes the key: the fields that the source has of the row before
	oldForm form           // how those are written
	rawKey  []byte         // of a removal: the product's key as it came, where it is one
	at      time.Time      // when it was committed, where the source says so
	schema  int            // the id of the writer's schema; 0 for none
	check   string         // of a refusal
	faults  []codecs.Fault // of a refusal
	absent  []string       // fields that may be null whose column the source does not have
	missing []string       // fields that are unchanged and whose value the source did not write
}

// Checks that are no condition of the contract: what they find stands in the headers of quarantined records.
const (
	checkDecode = "decode" // the bytes are no record
	checkSchema = "schema" // the record is none of the contract's: type, required, enum, limits, pattern
	checkKey    = "key"
	checkSize   = "size"
	checkTOAST  = "unchanged-value" // Debezium did not write a value that did not change
	checkOp     = "operation"
)

func refuse(check string, schema int, faults ...codecs.Fault) change {
	return change{action: refused, check: check, schema: schema, faults: faults}
}

// stopped is a raw record that shows that the source no longer is what the contract was made for: what follows it
// would be wrong too, so the gate stops before it.
type stopped struct{ why, fix string }

func (s stopped) Error() string { return s.why + ". " + s.fix }
