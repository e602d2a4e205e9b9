package lint

// Row is a layer of internal/. A package imports of ours only from rows above its own, and from
// its own folder.
type Row struct {
	Name     string
	Packages []string // paths below internal/, each with what lies in its folder, unless that has an entry of its own
	Ordered  bool     // a package may also import those listed before it in the row
	Why      string   // why it imports nothing else
}

// Ban forbids imports that the rows alone would allow. It holds for programs; tests may import
// what they like, as the embedded engines are the fakes of the tests.
type Ban struct {
	From   []string // patterns of packages: * is one segment, a closing /... is the folder and all below it
	Never  []string // patterns of imports, those of ours as paths from the root
	Except []string // patterns of imports that are allowed in spite of Never
	Why    string
}

// Shape is the project's own shape, the one that docs/architecture.md describes.
func Shape() Rules {
	return Rules{
		Rows: rows(),
		Bans: bans(),
		Names: map[string]string{
			"util":     "what it works on",
			"utils":    "what it works on",
			"common":   "what the parts are",
			"manager":  "what it manages",
			"managers": "what they manage",
			"models":   "the things themselves",
			"helper":   "what it helps with",
			"helpers":  "what they help with",
		},
		MaxLines: 500,
		Sleeps:   map[string]string{},
		Map:      "docs/architecture.md",
	}
}

func rows() []Row {
	return []Row{
		{
			Name:     "vocabulary",
			Packages: vocabulary(),
			Ordered:  true,
			Why:      "the vocabulary is values that know nothing of what is done with them",
		},
		{
			Name:     "domain",
			Packages: domain(),
			Ordered:  true,
			Why:      "the domain is pure functions, each step from the values of the steps before it",
		},
		{
			Name:     "behaviour",
			Packages: []string{"reconcile", "gate", "records", "observe", "catalog", "access", "trials", "queries"},
			Why:      "behaviour declares the small interfaces that it needs; who keeps them is handed in by app",
		},
		{
			Name:     "adapters",
			Packages: []string{"adapter/kafka", "adapter/registry", "adapter/connect", "adapter/postgres", "adapter/flink", "adapter/datahub", "adapter/git"},
			Why:      "an adapter is the client of one outside system and knows no other",
		},
		{
			Name:     "engines' ground",
			Packages: []string{"engine/web"},
			Why:      "what several engines stand on knows none of them, and no protocol",
		},
		{
			Name:     "engines",
			Packages: []string{"engine/kafka", "engine/registry", "engine/connect", "engine/flink"},
			Why:      "an engine is the server of one protocol, and meets the others over the wire as any client would",
		},
		{
			Name:     "surfaces",
			Packages: []string{"api", "portal", "runfile", "cli/views", "cli"},
			Ordered:  true,
			Why:      "a surface shows what the packages above it know; app connects it to the rest",
		},
		{Name: "app", Packages: []string{"app"}, Why: "app is wired from everything above it"},
		{Name: "lint", Packages: []string{"lint"}, Why: "lint reads the sources and imports none of them"},
	}
}

func vocabulary() []string {
	return []string{"addrs", "diags", "schemas", "rows", "rows/avroform", "rows/jsonform", "flinksql/lex", "flinksql/ast", "flinksql/parse", "flinksql", "flinksql/expr", "flinksql/plan", "traces", "eventually", "golden"}
}

func domain() []string {
	return []string{"contracts", "codecs", "masks", "transforms", "lineage", "evolution", "quality", "policy", "slo", "databases", "captures", "resources", "plans"}
}

// pure are the packages that read nothing but their arguments: eventually, which waits, and golden, which reads files, are none.
func pure() []string {
	return append([]string{"addrs", "diags", "schemas", "rows", "flinksql", "traces"}, domain()...)
}

func bans() []Ban {
	return []Ban{
		{
			From:  below(pure()...),
			Never: []string{"os", "os/exec", "net/http", "database/sql/...", "github.com/twmb/franz-go/..."},
			Why:   "vocabulary and domain read nothing but their arguments; take an fs.FS or a value",
		},
		{
			From:   []string{"internal/engine/..."},
			Never:  []string{"internal/..."},
			Except: below(append(vocabulary(), "engine/web")...),
			Why:    "an engine stands in for an outside system, so of ours it knows only the vocabulary",
		},
		{
			From:  below("api", "portal", "cli"),
			Never: []string{"internal/adapter/...", "internal/engine/..."},
			Why:   "only app knows which system is behind an interface",
		},
		{
			From:   []string{"cmd/..."},
			Never:  []string{"internal/..."},
			Except: []string{"internal/cli", "internal/app"},
			Why:    "main is signals and the exit code; the rest is wired in app",
		},
		{
			From:  []string{"examples/*/simulate/...", "examples/*/database/..."},
			Never: []string{"internal/..."},
			Why:   "they are the domains' applications and their database, which have none of our packages",
		},
		{
			From:  []string{"internal/..."},
			Never: []string{"cmd/...", "conformance/...", "bench/...", "examples/..."},
			Why:   "what proves and shows the program is no part of it",
		},
		{
			From:  []string{"internal/...", "cmd/...", "examples/..."},
			Never: []string{"internal/eventually"},
			Why:   "it waits in tests; a program waits for an event, with a context",
		},
	}
}

// below are the patterns of packages of internal/ and of what lies in their folders.
func below(packages ...string) []string {
	var patterns []string
	for _, name := range packages {
		patterns = append(patterns, "internal/"+name+"/...")
	}
	return patterns
}
