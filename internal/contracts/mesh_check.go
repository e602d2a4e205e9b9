package contracts

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
)

// SASLMechanisms are the ways to log in to Kafka that Weft knows.
var SASLMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// mesh checks mesh.yaml.
func (a *assembly) mesh() {
	mesh := a.set.Mesh
	if mesh.Control != "" && !addrs.Segment(mesh.Control) {
		a.report(mesh.At("control"), RuleName, fmt.Sprintf("control %q is not a domain's name", mesh.Control), "Use lower-case letters, digits and hyphens.")
	}
	for _, d := range []struct {
		path string
		n    int
	}{{"defaults.partitions", mesh.Defaults.Partitions}, {"defaults.replication", mesh.Defaults.Replication}} {
		if mesh.Has(d.path) && (d.n < 1 || d.n > 10000) {
			a.report(mesh.At(d.path), RuleField, fmt.Sprintf("%s: %d is out of range", d.path, d.n), "Write 1 to 10000.")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(mesh.Environments)) {
		e := &environmentCheck{assembly: a, path: "environments." + name, env: mesh.Environments[name]}
		e.run(name)
	}
}

// environmentCheck is the check of one environment of mesh.yaml.
type environmentCheck struct {
	*assembly
	path string
	env  Environment
}

func (e *environmentCheck) problem(path, rule, summary, fix string) {
	e.report(e.set.Mesh.At(e.path+"."+path), rule, e.path+": "+summary, fix)
}

func (e *environmentCheck) written(path string) bool { return e.set.Mesh.Has(e.path + "." + path) }

func (e *environmentCheck) run(name string) {
	if !addrs.Segment(name) {
		e.report(e.set.Mesh.KeyAt(e.path), RuleName, fmt.Sprintf("environment %q is not a name", name), "Use lower-case letters, digits and hyphens.")
	}
	e.url("server", e.env.Server)
	e.kafka(e.env.Kafka)
	if r := e.env.Registry; r != nil {
		e.required("registry.url", r.URL)
		e.url("registry.url", r.URL)
		e.secret("registry.password", r.Password)
		e.secret("registry.token", r.Token)
		e.tls("registry.tls", r.TLS)
	}
	if c := e.env.Connect; c != nil {
		e.required("connect.url", c.URL)
		e.url("connect.url", c.URL)
	}
	if f := e.env.Flink; f != nil {
		e.required("flink.gateway", f.Gateway)
		e.required("flink.rest", f.REST)
		e.url("flink.gateway", f.Gateway)
		e.url("flink.rest", f.REST)
		e.flinkSecrets(f.Config)
	}
	if h := e.env.DataHub; h != nil {
		e.required("datahub.url", h.URL)
		e.url("datahub.url", h.URL)
		e.secret("datahub.token", h.Token)
	}
	e.manage()
	e.connections()
}

// flinkSecrets refuses settings of jobs that hold a secret: they stand in the plan and in the job's SQL. A reference
// that Kafka's config providers resolve, where the job runs, is none.
func (e *environmentCheck) flinkSecrets(config map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		secret := slices.ContainsFunc([]string{"password", "jaas", "secret", "token"}, func(word string) bool { return strings.Contains(key, word) })
		if secret && !strings.Contains(config[key], "${") {
			e.problem("flink.config", RuleSecret, "setting "+key+" stands in the file in clear",
				"Write a reference that Kafka's config providers resolve where jobs run, as in ${file:/secrets/kafka.properties:jaas}, and change the secret.")
		}
	}
}

func (e *environmentCheck) required(path, value string) {
	if value == "" {
		section, key, _ := strings.Cut(path, ".")
		e.problem(section, RuleMissing, section+" has no "+key, fmt.Sprintf("Write %s: and its address.", key))
	}
}

func (e *environmentCheck) url(path, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(u.Host, " \t") {
		e.problem(path, RuleAddress, fmt.Sprintf("%s %q is not a URL", path, text), "Write https://HOST:PORT.")
		return
	}
	if _, password := u.User.Password(); password {
		e.problem(path, RuleSecret, path+" holds a password", "Write user: and password: {env: NAME} instead, and change the password.")
	}
}

func (e *environmentCheck) kafka(k *Kafka) {
	if k == nil {
		return
	}
	if len(k.Bootstrap) == 0 && !e.written("kafka.bootstrap") {
		e.problem("kafka", RuleMissing, "kafka has no bootstrap servers", `Write bootstrap: ["HOST:PORT"].`)
	}
	for i, address := range k.Bootstrap {
		host, port, err := net.SplitHostPort(address)
		n, portErr := strconv.Atoi(port)
		if err != nil || portErr != nil || host == "" || strings.ContainsAny(host, " /") || n < 1 || n > 65535 {
			e.problem(fmt.Sprintf("kafka.bootstrap[%d]", i), RuleAddress, fmt.Sprintf("%q is not the address of a broker", address), "Write HOST:PORT, as in kafka-1:9093.")
		}
	}
	e.tls("kafka.tls", k.TLS)
	if s := k.SASL; s != nil {
		if !slices.Contains(SASLMechanisms, s.Mechanism) {
			e.word("kafka.sasl.mechanism", s.Mechanism, SASLMechanisms)
		}
		if s.User == "" || s.Password.IsZero() && !e.written("kafka.sasl.password") {
			e.problem("kafka.sasl", RuleMissing, "kafka.sasl has no user or no password", "Write user: NAME and password: {env: NAME}.")
		}
		e.secret("kafka.sasl.password", s.Password)
	}
}

func (e *environmentCheck) tls(path string, t *TLS) {
	if t != nil && (t.Cert == "") != (t.Key == "") {
		e.problem(path, RuleCombination, path+" has one of cert and key; a client's certificate needs both", "Write both, or neither.")
	}
}

func (e *environmentCheck) secret(path string, s Secret) {
	ways := 0
	for _, way := range []string{s.Env, s.File, s.Connect} {
		if way != "" {
			ways++
		}
	}
	if ways > 1 {
		e.problem(path, RuleCombination, path+" is named in more than one way", "Keep one of env, file and connect.")
	}
}

func (e *environmentCheck) word(path, value string, words []string) {
	fix := "Write one of: " + strings.Join(words, ", ") + "."
	if closest, ok := diags.Closest(value, words); ok {
		fix = fmt.Sprintf("Did you mean %q? %s", closest, fix)
	}
	e.problem(path, RuleChoice, fmt.Sprintf("%s: %q is not known", path, value), fix)
}

func (e *environmentCheck) manage() {
	m := e.env.Manage
	for _, kind := range []struct{ path, level string }{
		{"manage.topics", m.Topics}, {"manage.subjects", m.Subjects}, {"manage.acls", m.ACLs}, {"manage.quotas", m.Quotas}, {"manage.connectors", m.Connectors},
	} {
		if levels := []string{ManageOwned, ManageAdd, ManageOff}; kind.level != "" && !slices.Contains(levels, kind.level) {
			e.word(kind.path, kind.level, levels)
		}
	}
}

func (e *environmentCheck) connections() {
	for _, name := range slices.Sorted(maps.Keys(e.env.Connections)) {
		c, path := e.env.Connections[name], "connections."+name
		if (c.Postgres == nil) == (c.MySQL == nil) {
			e.problem(path, RuleCombination, fmt.Sprintf("connection %s needs exactly one of postgres and mysql", name), "Write postgres: {host: HOST, database: NAME, user: NAME, password: {env: NAME}}.")
			continue
		}
		database := c.Postgres
		if database == nil {
			database = c.MySQL
		}
		if database.Host == "" || database.Database == "" {
			e.problem(path, RuleMissing, fmt.Sprintf("connection %s has no host or no database", name), "Write host: and database:.")
		}
		if database.Port < 0 || database.Port > 65535 {
			e.problem(path, RuleField, fmt.Sprintf("connection %s: port %d is out of range", name, database.Port), "Write 1 to 65535.")
		}
	}
}

// domains checks what domain.yaml files say by themselves.
func (a *assembly) domains() {
	seen := map[string]Domain{}
	for _, d := range a.set.Domains {
		if first, again := seen[d.Name]; again {
			a.report(d.At("domain"), RuleRepeatedDomain, fmt.Sprintf("domain %s is declared twice", d.Name), fmt.Sprintf("It is also in %s; keep one.", first.File))
		}
		seen[d.Name] = d
		if !addrs.Segment(d.Name) {
			a.report(d.At("domain"), RuleName, fmt.Sprintf("domain %q is not a name", d.Name), "Use lower-case letters, digits and hyphens, starting with a letter.")
		}
		for _, app := range slices.Sorted(maps.Keys(d.Apps)) {
			if !addrs.Segment(app) {
				a.report(d.KeyAt("apps."+app), RuleName, fmt.Sprintf("app %q is not a name", app), "Use lower-case letters, digits and hyphens, starting with a letter.")
			}
		}
	}
}

// subscriptions checks that each lies where it says whose it is.
func (a *assembly) subscriptions() {
	for _, sub := range a.set.Subscriptions {
		if sub.Domain == "" {
			a.report(sub.At(""), RuleLocation, "a subscription lies in no domain's folder, so nobody subscribes", "Move it to domains/<domain>/subscriptions/.")
		}
	}
}

// remote checks weft.yaml.
func (a *assembly) remote() {
	r := a.set.Remote
	if r == nil {
		return
	}
	if r.Mesh == "" {
		a.report(r.At(""), RuleMissing, "weft.yaml names no mesh", "Write mesh: and the name of the mesh that this repository is a part of.")
	}
	if len(r.Owns) == 0 {
		a.report(r.At(""), RuleMissing, "weft.yaml does not say which domains the repository owns", "Write owns: [DOMAIN].")
	}
	for i, name := range r.Owns {
		if !addrs.Segment(name) {
			a.report(r.At(fmt.Sprintf("owns[%d]", i)), RuleName, fmt.Sprintf("%q is not a domain's name", name), "Use lower-case letters, digits and hyphens.")
		}
	}
	if u, err := url.Parse(r.Server); r.Server != "" && (err != nil || u.Host == "") {
		a.report(r.At("server"), RuleAddress, fmt.Sprintf("server %q is not a URL", r.Server), "Write https://HOST:PORT.")
	}
}
