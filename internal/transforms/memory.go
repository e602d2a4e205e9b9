package transforms

import "github.com/weftmesh/weft/internal/flinksql/plan"

// InMemory is a job whose tables lie in memory, as a test runs it.
type InMemory struct {
	Statements []string          // CREATE TABLE with the connector memory, and views; then the INSERT
	Sources    map[string]string // by topic: the table that stands for it
	Sink       string            // the table that stands for what the job writes
}

// InMemory gives the job over tables of the engine's connector memory, its SQL and its columns as they are. A table with
// an upsert changelog-mode gives, and takes, the newest row of each key, as upsert-kafka does.
func (j Job) InMemory() InMemory {
	out := InMemory{Sources: map[string]string{}, Sink: sinkName}
	for _, t := range j.Tables {
		if t.View == "" {
			options := []Option{{"connector", "memory"}}
			for _, o := range t.Options {
				switch {
				case o.Key == "connector" && o.Value == "upsert-kafka":
					options = append(options, Option{"changelog-mode", plan.Upsert.String()})
				case o.Key == "topic" && t.Name != sinkName:
					out.Sources[o.Value] = t.Name
				}
			}
			t.Options = options
		}
		out.Statements = append(out.Statements, t.statement(Connection{}, ""))
	}
	out.Statements = append(out.Statements, j.Insert)
	return out
}
