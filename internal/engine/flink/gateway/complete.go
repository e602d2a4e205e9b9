package gateway

import (
	"slices"
	"strings"
	"unicode"

	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// completeStatement gives the tables that could stand at a place of a statement.
func (g *Gateway) completeStatement(r web.Request) (any, error) {
	var body struct {
		Statement string `json:"statement"`
		Position  int    `json:"position"`
	}
	if err := r.Body("CompleteStatementRequestBody", &body); err != nil {
		return nil, err
	}
	s, err := g.session(r)
	if err != nil {
		return nil, asked(err, "completeStatement")
	}
	text := []rune(body.Statement)
	text = text[:max(0, min(body.Position, len(text)))]
	return map[string][]string{"candidates": candidates(string(text), s.Qualified())}, nil
}

// candidates are the tables whose names begin as the last word does, where a table is due.
func candidates(text string, tables []string) []string {
	words := strings.FieldsFunc(text, unicode.IsSpace)
	begun := ""
	if n := len(words); n > 0 && !strings.HasSuffix(text, " ") {
		words, begun = words[:n-1], strings.ToLower(words[n-1])
	}
	found := []string{}
	if len(words) == 0 || !slices.Contains([]string{"FROM", "JOIN", "INTO", "DESCRIBE", "DESC", "TABLE"}, strings.ToUpper(words[len(words)-1])) {
		return found
	}
	for _, table := range tables {
		bare := table[strings.LastIndexByte(table, '.')+1:]
		if strings.HasPrefix(strings.ToLower(table), begun) || strings.HasPrefix(strings.ToLower(bare), begun) {
			found = append(found, table)
		}
	}
	return found
}
