package captures_test

import (
	"slices"
	"testing"

	"github.com/weftmesh/weft/internal/captures"
)

func TestRowsAreReadForTablesAndColumnsThatAreNew(t *testing.T) {
	for _, c := range []struct {
		name, before, now string
		want              []string
	}{
		{"nothing is new", "a.b(id,x) a.c", "a.b(id,x) a.c", nil},
		{"a table is", "a.b(id,x)", "a.b(id,x) a.c(id)", []string{"a.c"}},
		{"a column is", "a.b(id,x) a.c(id)", "a.b(id,x,y) a.c(id)", []string{"a.b"}},
		{"columns and tables go", "a.b(id,x) a.c", "a.b(id)", nil},
		{"all are, as nothing is known of one that is adopted", "", "a.b(id) a.c", []string{"a.b", "a.c"}},
		{"events are not given again", "a.c", "a.c", nil},
	} {
		if got := captures.Unread(c.before, c.now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
