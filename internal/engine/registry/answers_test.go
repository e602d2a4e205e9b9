package registry_test

import (
	"net/http"
	"testing"
)

// TestARefusalSaysWhy holds what clients match on: status, code and text, in Confluent's words.
func TestARefusalSaysWhy(t *testing.T) {
	r := open(t, bus(t))
	const readOnly = `{"error_code":42205,"message":"Subject s in context . is in read-only mode"}`
	const methods = `{"error_code":405,"message":"HTTP 405 Method Not Allowed"}`
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/s/versions", schema(v1), 200, `{"id":1}`},
		// paths and methods
		{"PUT", "/subjects", "", 405, methods},
		{"GET", "/compatibility/subjects/s/versions", "", 405, methods},
		{"POST", "/contexts/.east/config", "{}", 405, methods},
		{"GET", "/schemas/ids/one", "", 404, `{"error_code":404,"message":"HTTP 404 Not Found"}`},
		// what is sent
		{"POST", "/subjects/s/versions", `{"schema":""}`, 422, `{"error_code":42201,"message":"Empty schema"}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"int\"","schemaType":"THRIFT"}`, 422, `{"error_code":42201,"message":"Invalid schema type THRIFT"}`},
		{"POST", "/subjects/s", schema(`{"type":"nonsense"}`), 422, `{"error_code":42201,"message":"Invalid schema: unknown primitive \"nonsense\""}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"int\"","references":[{"name":"x","subject":"gone","version":1}]}`, 422, `{"error_code":42201,"message":"Invalid schema: No schema reference found for subject \"gone\" and version 1"}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"int\"","id":5}`, 422, `{"error_code":42205,"message":"Subject s in context . is not in import mode"}`},
		{"POST", "/subjects/__GLOBAL/versions", schema(v1), 422, `{"error_code":42208,"message":"The specified subject '__GLOBAL' is not a valid."}`},
		{"PUT", "/mode", `{"mode":"SIDEWAYS"}`, 422, `{"error_code":42204,"message":"Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD."}`},
		{"PUT", "/mode/s", `{"mode":"FORWARD"}`, 422, `{"error_code":42204,"message":"Forward mode only supported on global level"}`},
		// what is not there
		{"GET", "/subjects/none/versions", "", 404, `{"error_code":40401,"message":"Subject 'none' not found."}`},
		{"GET", "/subjects/none/versions/1/referencedby", "", 404, `{"error_code":40401,"message":"Subject 'none' not found."}`},
		{"DELETE", "/subjects/none", "", 404, `{"error_code":40401,"message":"Subject 'none' not found."}`},
		{"DELETE", "/subjects/s/versions/9", "", 404, `{"error_code":40402,"message":"Version 9 not found."}`},
		{"DELETE", "/config/none", "", 404, `{"error_code":40401,"message":"Subject 'none' not found."}`},
		{"GET", "/mode/s", "", 404, `{"error_code":40409,"message":"Subject 's' does not have subject-level mode configured"}`},
		{"POST", "/compatibility/subjects/s/versions/9", schema(v1), 404, `{"error_code":40402,"message":"Version 9 not found."}`},
		{"POST", "/compatibility/subjects/none/versions/9", schema(v1), 404, `{"error_code":40402,"message":"Version 9 not found."}`},
		{"POST", "/compatibility/subjects/s/versions/latest?verbose=true", schema(`{"type":"nonsense"}`), 200, `{"is_compatible":false,"messages":["Invalid schema: unknown primitive \"nonsense\""]}`},
		// what is read-only, settings too
		{"PUT", "/mode/s", `{"mode":"READONLY"}`, 200, `{"mode":"READONLY"}`},
		{"POST", "/subjects/s/versions", schema(v2), 422, readOnly},
		{"PUT", "/config/s", `{"compatibility":"FULL"}`, 422, readOnly},
		{"DELETE", "/config/s", "", 422, readOnly},
		{"DELETE", "/subjects/s", "", 422, readOnly},
		{"DELETE", "/subjects/s/versions/1", "", 422, readOnly},
		{"POST", "/subjects/s", schema(v1), 200, `{"subject":"s","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Shipment\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}"}`},
	})
}

// TestASchemaThatIsReferredToStays, softly and for good, until nothing refers to it.
func TestASchemaThatIsReferredToStays(t *testing.T) {
	r := open(t, bus(t))
	const inUse = `{"error_code":42206,"message":"One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=carrier,version=1}."}`
	const referring = `{"schema":"{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"c\",\"type\":\"Carrier\"}]}","references":[{"name":"Carrier","subject":"carrier","version":-1}]}`
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/carrier/versions", schema(`{"type":"record","name":"Carrier","fields":[]}`), 200, `{"id":1}`},
		{"POST", "/subjects/shipment/versions", referring, 200, `{"id":2}`},
		{"POST", "/subjects/shipment/versions", referring, 200, `{"id":2}`},
		{"GET", "/subjects/carrier/versions/1/referencedby", "", 200, `[2]`},
		{"GET", "/subjects/shipment/versions/1/referencedby", "", 200, `[]`},
		{"DELETE", "/subjects/carrier", "", 422, inUse},
		{"DELETE", "/subjects/carrier/versions/1", "", 422, inUse},
		{"DELETE", "/subjects/shipment", "", 200, `[1]`},
		{"DELETE", "/subjects/carrier", "", 200, `[1]`},
		{"DELETE", "/subjects/carrier?permanent=true", "", 422, inUse},
		{"DELETE", "/subjects/shipment?permanent=true", "", 200, `[1]`},
		{"DELETE", "/subjects/carrier?permanent=true", "", 200, `[1]`},
	})
}

// TestImportTakesIdsAsTheyCome, into a subject that is empty or by force, and never one id for two schemas.
func TestImportTakesIdsAsTheyCome(t *testing.T) {
	r := open(t, bus(t))
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`},
		{"PUT", "/mode/s", `{"mode":"IMPORT"}`, 422, `{"error_code":42205,"message":"Cannot import since found existing subjects"}`},
		{"PUT", "/mode/s?force=true", `{"mode":"import"}`, 200, `{"mode":"IMPORT"}`},
		{"POST", "/subjects/s/versions", schema(`"double"`), 422, `{"error_code":42205,"message":"Subject s in context . is in import mode"}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"double\"","id":70,"version":9}`, 200, `{"id":70}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"float\"","id":70,"version":10}`, 422, `{"error_code":42205,"message":"Overwrite new schema with id 70 is not permitted."}`},
		{"PUT", "/mode/s", `{"mode":"READWRITE"}`, 200, `{"mode":"READWRITE"}`},
		{"PUT", "/config/s", `{"compatibility":"NONE"}`, 200, `{"compatibility":"NONE"}`},
		{"POST", "/subjects/s/versions", schema(`"string"`), 200, `{"id":71}`},
		{"GET", "/subjects/s/versions", "", 200, `[1,9,10]`},
	})
}

// TestAContextHasSettingsOfItsOwn between a subject's and the global ones.
func TestAContextHasSettingsOfItsOwn(t *testing.T) {
	r := open(t, bus(t))
	tell(t, r, []exchangeCase{
		{"PUT", "/contexts/.east/config", `{"compatibility":"NONE"}`, 200, `{"compatibility":"NONE"}`},
		{"POST", "/contexts/.east/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`},
		{"POST", "/contexts/.east/subjects/s/versions", schema(`"string"`), 200, `{"id":2}`},
		{"POST", "/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`},
		{"POST", "/compatibility/subjects/s/versions/latest", schema(`"string"`), 200, `{"is_compatible":false}`},
		{"PUT", "/mode/:.east:", `{"mode":"READONLY"}`, 200, `{"mode":"READONLY"}`},
		{"POST", "/subjects/:.east:t/versions", schema(`"int"`), 422, `{"error_code":42205,"message":"Subject :.east:t in context .east is in read-only mode"}`},
		{"POST", "/subjects/t/versions", schema(`"int"`), 200, `{"id":1}`},
		{"GET", "/contexts", "", 200, `[".",".east"]`},
	})
}

// TestJSONSchemasAreKeptAndFound: held against their draft, equal whatever the order of keys, and not judged yet, which
// is said.
func TestJSONSchemasAreKeptAndFound(t *testing.T) {
	r := open(t, bus(t))
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/j/versions", `{"schemaType":"JSON","schema":"{\"type\":\"object\",\"title\":\"O\"}"}`, 200, `{"id":1}`},
		{"POST", "/subjects/j", `{"schemaType":"JSON","schema":"{\"title\":\"O\", \"type\":\"object\"}"}`, 200, `{"subject":"j","version":1,"id":1,"schemaType":"JSON","schema":"{\"type\":\"object\",\"title\":\"O\"}"}`},
		{"POST", "/subjects/j", `{"schemaType":"JSON","schema":"{\"type\":\"string\"}"}`, 404, `{"error_code":40403,"message":"Schema not found"}`},
		{"POST", "/subjects/k/versions", `{"schemaType":"JSON","schema":"true"}`, 200, `{"id":2}`},
		{"POST", "/subjects/k/versions", `{"schemaType":"JSON","schema":"[]"}`, 422, `{"error_code":42201,"message":"Invalid schema: a JSON Schema is an object or a boolean"}`},
		{"POST", "/compatibility/subjects/j/versions/latest?verbose=true", `{"schemaType":"JSON","schema":"{\"type\":\"number\"}"}`, 200, `{"is_compatible":true,"messages":["the compatibility of JSON Schemas is not checked by this registry yet"]}`},
		{"POST", "/compatibility/subjects/j/versions/latest", schema(v1), 200, `{"is_compatible":false}`},
	})
	for _, bad := range []string{`{"type":42}`, `{"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":1}`, `{"properties":[]}`} {
		body := `{"schemaType":"JSON",` + schema(bad)[1:]
		if status, got := send(t, r, "POST", "/subjects/j/versions", body); status != 422 {
			t.Errorf("%s is taken: %d %s", bad, status, got)
		}
	}
}

// TestAnswersComeInTheMediaTypeThatIsAskedFor, of those that Confluent's clients know.
func TestAnswersComeInTheMediaTypeThatIsAskedFor(t *testing.T) {
	r := open(t, bus(t))
	const usual = "application/vnd.schemaregistry.v1+json"
	for accept, want := range map[string]string{
		"": usual, "*/*": usual, "application/json": "application/json", "text/html, application/vnd.schemaregistry+json; q=0.9": "application/vnd.schemaregistry+json",
		"application/vnd.schemaregistry.v1+json,application/json": usual,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL()+"/subjects", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q is answered in %q, want %q", accept, got, want)
		}
	}
}
