package gate

import (
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/schemas"
)

// Headers of a quarantined record, beside those that it came with.
const (
	headerPrefix    = "weft."
	HeaderReason    = "weft.reason"    // in words, without values of personal data; several are separated by "; "
	HeaderCheck     = "weft.check"     // the contract's check, or decode, schema, key, size, operation, unchanged-value
	HeaderSchema    = "weft.schema-id" // of the writer, where the record has one
	HeaderTopic     = "weft.topic"     // where it came from
	HeaderPartition = "weft.partition"
	HeaderOffset    = "weft.offset"
	HeaderTime      = "weft.time" // when it was set aside, RFC 3339
	HeaderVersion   = "weft.version"
)

// maxReason bounds the text of the reasons.
const maxReason = 4096

// quarantined is a record as it came, with the reason. (Invariant 3.)
func (p *pipeline) quarantined(in Record, v *verdict) Record {
	reason := strings.Join(v.notes, "; ")
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "..."
	}
	headers := make([]Header, 0, len(in.Headers)+8)
	headers = append(headers, in.Headers...)
	add := func(key, value string) { headers = append(headers, Header{key, []byte(value)}) }
	add(HeaderReason, reason)
	add(HeaderCheck, v.check)
	if v.schema != 0 {
		add(HeaderSchema, strconv.Itoa(v.schema))
	}
	add(HeaderTopic, string(in.Topic))
	add(HeaderPartition, strconv.Itoa(int(in.Partition)))
	add(HeaderOffset, strconv.FormatInt(in.Offset, 10))
	add(HeaderTime, p.now().UTC().Format(time.RFC3339Nano))
	add(HeaderVersion, p.spec.Product.Version.String())
	return Record{Topic: p.spec.Topic.Name.Quarantine(), Time: in.Time, Key: in.Key, Value: in.Value, Headers: headers}
}

func fieldsOf(f schemas.Field) []schemas.Field { return []schemas.Field{f} }
