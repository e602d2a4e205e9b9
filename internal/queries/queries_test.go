package queries_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/queries"
	"github.com/weftmesh/weft/internal/transforms"
)

const contract = `domain: depot
product: parcel-events
version: "1.0"
owner: depot@example.com
schema:
  fields:
    - {name: parcel_id, type: string}
    - {name: phone, type: string, pii: true, mask: partial}
    - {name: at, type: timestamp, required: true}
`

// script is a gateway that gives what it holds, page by page, and then waits or ends.
type script struct {
	pages [][]queries.Row
	waits bool
}

func (s script) Query(ctx context.Context, _ []string, _ map[string]string, each func([]queries.Row) error) error {
	for _, page := range s.pages {
		if err := each(page); err != nil {
			return err
		}
	}
	if s.waits {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func row(change string, fields ...string) queries.Row {
	r := queries.Row{Change: change}
	for _, f := range fields {
		r.Fields = append(r.Fields, json.RawMessage(f))
	}
	return r
}

// asked runs a query over a script and gives the answer's rows and its end.
func asked(t *testing.T, from script, request queries.Request) (string, queries.End, error) {
	t.Helper()
	set, problems := contracts.LoadContract("data-contract.yaml", []byte(contract))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	desk := queries.NewDesk(queries.Config{Set: func() contracts.Set { return set }, Gateway: from})
	request.Rights = transforms.Rights{Read: func(contracts.Product) error { return nil }, Clear: func(contracts.Product) bool { return false }}
	if request.Timeout == 0 {
		request.Timeout = queries.DefaultTimeout
	}
	prepared, problems := desk.Prepare(request)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	var lines []string
	var end queries.End
	err := desk.Run(t.Context(), prepared, func(l queries.Line) error {
		if l.Row != nil {
			text, _ := json.Marshal(l.Row)
			lines = append(lines, l.Change+string(text))
		}
		if l.End != nil {
			end = *l.End
		}
		return nil
	})
	return strings.Join(lines, " "), end, err
}

const (
	plainQuery = "SELECT parcel_id, phone FROM depot.`parcel-events`"
	countQuery = "SELECT parcel_id, COUNT(*) AS n FROM depot.`parcel-events` GROUP BY parcel_id"
)

func TestASnapshotShowsTheRowsAtTheEnd(t *testing.T) {
	from := script{pages: [][]queries.Row{
		{row("+I", `"a"`, "1"), row("+I", `"b"`, "1")},
		{row("-U", `"a"`, "1"), row("+U", `"a"`, "2"), row("-D", `"b"`, "1"), row("+I", `"c"`, "10"), row("+I", `"d"`, "9")},
	}}
	got, end, err := asked(t, from, queries.Request{SQL: countQuery, Rows: 10})
	if got != `["a",2] ["c",10] ["d",9]` || end != (queries.End{Rows: 3, Reason: queries.Complete}) || err != nil {
		t.Errorf("%s, %+v, %v", got, end, err)
	}
	got, end, err = asked(t, from, queries.Request{SQL: countQuery + " ORDER BY n DESC", Rows: 2})
	if got != `["c",10] ["d",9]` || end != (queries.End{Rows: 2, Reason: queries.AtLimit}) || err != nil {
		t.Errorf("in order: %s, %+v, %v", got, end, err)
	}
}

func TestAWatchShowsEachChange(t *testing.T) {
	from := script{pages: [][]queries.Row{{row("+I", `"a"`, "1"), row("-U", `"a"`, "1"), row("+U", `"a"`, "2")}}}
	got, end, err := asked(t, from, queries.Request{SQL: countQuery, Rows: 10, Follow: true})
	if got != `+I["a",1] -U["a",1] +U["a",2]` || end.Reason != queries.Complete || err != nil {
		t.Errorf("%s, %+v, %v", got, end, err)
	}
}

func TestPersonalDataIsMaskedAsItsFieldSays(t *testing.T) {
	from := script{pages: [][]queries.Row{{row("+I", `"a"`, `"0123456789ab"`), row("+I", `"b"`, "null")}}}
	got, _, err := asked(t, from, queries.Request{SQL: plainQuery, Rows: 10})
	if got != `["a","********9ab"] ["b",null]` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTimeIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		from := script{pages: [][]queries.Row{{row("+I", `"a"`, "null")}}, waits: true}
		got, end, err := asked(t, from, queries.Request{SQL: plainQuery, Rows: 10, Timeout: time.Minute})
		if got != `["a",null]` || end.Reason != queries.AtTime || err != nil || time.Since(start) != time.Minute {
			t.Errorf("%s, %+v, %v after %s", got, end, err, time.Since(start))
		}
		from = script{pages: [][]queries.Row{{row("+I", `"a"`, "1")}}, waits: true}
		if got, _, err = asked(t, from, queries.Request{SQL: countQuery, Rows: 10, Timeout: time.Minute}); got != "" || err == nil || !strings.Contains(err.Error(), "--timeout") {
			t.Errorf("rows that may still change: %s, %v", got, err)
		}
	})
}

func TestNoMoreRunThanMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, _ := contracts.LoadContract("data-contract.yaml", []byte(contract))
		desk := queries.NewDesk(queries.Config{Set: func() contracts.Set { return set }, Gateway: script{waits: true}})
		prepared, _ := desk.Prepare(queries.Request{SQL: countQuery, Rows: 1, Follow: true, Timeout: time.Minute, Rights: transforms.Rights{
			Read: func(contracts.Product) error { return nil }, Clear: func(contracts.Product) bool { return false },
		}})
		silent := func(queries.Line) error { return nil }
		ended := make(chan error, queries.MaxRunning)
		for range queries.MaxRunning {
			go func() { ended <- desk.Run(t.Context(), prepared, silent) }()
		}
		synctest.Wait()
		if err := desk.Run(t.Context(), prepared, silent); err == nil || !strings.Contains(err.Error(), "which is the most") {
			t.Errorf("one more ends with %v", err)
		}
		for range queries.MaxRunning {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestWithoutAStreamProcessorNothingIsAsked(t *testing.T) {
	desk := queries.NewDesk(queries.Config{})
	if err := desk.Run(t.Context(), queries.Prepared{}, nil); !errors.Is(err, queries.ErrNoEngine) {
		t.Errorf("it ends with %v", err)
	}
}
