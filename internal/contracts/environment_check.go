package contracts

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
)

// SASLMechanisms are the ways to log in to Kafka that Weft knows.
var SASLMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// environmentCheck is the check of one environment of mesh.yaml.
type environmentCheck struct {
	*assembly
	path string // within the file; "" for the whole of it
	at   Positions
	env  Environment
}

func (e *environmentCheck) under(path string) string {
	if e.path == "" {
		return path
	}
	return e.path + "." + path
}

func (e *environmentCheck) problem(path, rule, summary, fix string) {
	if e.path != "" {
		summary = e.path + ": " + summary
	}
	e.report(e.at.At(e.under(path)), rule, summary, fix)
}

func (e *environmentCheck) written(path string) bool { return e.at.Has(e.under(path)) }

func (e *environmentCheck) run(name string) {
	if !addrs.Segment(name) {
		e.report(e.at.KeyAt(e.path), RuleName, fmt.Sprintf("environment %q is not a name", name), "Use lower-case letters, digits and hyphens.")
	}
	e.url("server", e.env.Server)
	e.kafka(e.env.Kafka)
	if r := e.env.Registry; r != nil {
		e.required("registry.url", r.URL)
		e.url("registry.url", r.URL)
		e.secret("registry.password", r.Password)
		e.secret("registry.token", r.Token)
		if !r.Password.IsZero() && r.User == "" {
			e.problem("registry", RuleMissing, "registry has a password and no user", "Write user: NAME.")
		}
		e.tls("registry.tls", r.TLS)
	}
	if c := e.env.Connect; c != nil {
		e.required("connect.url", c.URL)
		e.url("connect.url", c.URL)
		e.principal("connect.principal", c.Principal)
		e.settingsSecrets("connect.config", "connectors run, as in ${file:/secrets/connect.properties:password}", c.Config)
	}
	if f := e.env.Flink; f != nil {
		e.required("flink.gateway", f.Gateway)
		e.required("flink.rest", f.REST)
		e.principal("flink.principal", f.Principal)
		e.url("flink.gateway", f.Gateway)
		e.url("flink.rest", f.REST)
		e.settingsSecrets("flink.config", "jobs run, as in ${file:/secrets/kafka.properties:jaas}", f.Config)
	}
	if h := e.env.DataHub; h != nil {
		e.required("datahub.url", h.URL)
		e.url("datahub.url", h.URL)
		e.secret("datahub.token", h.Token)
	}
	e.manage()
	e.principals()
	e.connections(e.env.Connections)
}

// settingsSecrets refuses settings of jobs or connectors that hold a secret: they stand in the plan. A reference that
// Kafka's config providers resolve, where they run, is none.
func (e *environmentCheck) settingsSecrets(path, where string, config map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		secret := slices.ContainsFunc([]string{"password", "jaas", "secret", "token"}, func(word string) bool { return strings.Contains(key, word) })
		if secret && !strings.Contains(config[key], "${") {
			e.problem(path, RuleSecret, "setting "+key+" stands in the file in clear",
				"Write a reference that Kafka's config providers resolve where "+where+", and change the secret.")
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
	if k.SASL != nil {
		e.sasl(*k.SASL)
	}
}

func (e *environmentCheck) sasl(s SASL) {
	if !slices.Contains(SASLMechanisms, s.Mechanism) {
		e.word("kafka.sasl.mechanism", s.Mechanism, SASLMechanisms)
	}
	if s.User == "" || s.Password.IsZero() && !e.written("kafka.sasl.password") {
		e.problem("kafka.sasl", RuleMissing, "kafka.sasl has no user or no password", "Write user: NAME and password: {env: NAME}.")
	}
	e.secret("kafka.sasl.password", s.Password)
}

func (e *environmentCheck) tls(path string, t *TLS) {
	if t != nil && (t.Cert == "") != (t.Key == "") {
		e.problem(path, RuleCombination, path+" has one of cert and key; a client's certificate needs both", "Write both, or neither.")
	}
}

// secret checks one that Weft resolves by itself.
func (e *environmentCheck) secret(path string, s Secret) {
	if s.Connect != "" && s.Env == "" && s.File == "" {
		e.problem(path, RuleCombination, path+": connect: is resolved by Kafka Connect alone, and this secret is Weft's", "Write {env: NAME} or {file: PATH}.")
		return
	}
	e.secretForm(path, s)
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// secretForm checks that a secret is named in one way.
func (e *environmentCheck) secretForm(path string, s Secret) {
	ways := 0
	for _, way := range []string{s.Env, s.File, s.Connect} {
		if way != "" {
			ways++
		}
	}
	switch {
	case ways > 1:
		e.problem(path, RuleCombination, path+" is named in more than one way", "Keep one of env, file and connect.")
	case ways == 0 && e.written(path) && !e.faultAt(e.at.At(e.under(path))):
		e.problem(path, RuleMissing, path+" names no secret", "Write {env: NAME} or {file: PATH}.")
	case s.Env != "" && !variableName.MatchString(s.Env):
		e.problem(path+".env", RuleName, fmt.Sprintf("%s: %q is not the name of an environment variable", path, s.Env), "Use letters, digits and underscores, as in KAFKA_PASSWORD.")
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

// connectorName is what a name of a connector may be that becomes a part of topics.
var connectorName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (e *environmentCheck) connections(all map[string]Connection) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c, path := all[name], "connections."+name
		if !addrs.Segment(name) {
			e.report(e.at.KeyAt(e.under(path)), RuleName, fmt.Sprintf("connection %q is not a name", name), "Use lower-case letters, digits and hyphens, starting with a letter.")
		}
		if (c.Postgres == nil) == (c.MySQL == nil) {
			e.problem(path, RuleCombination, fmt.Sprintf("connection %s needs exactly one of postgres and mysql", name), "Write postgres: {host: HOST, database: NAME, user: NAME, password: {env: NAME}}.")
			continue
		}
		if c.Connector != "" && !connectorName.MatchString(c.Connector) {
			e.problem(path+".connector", RuleName, fmt.Sprintf("connection %s: %q cannot be the name of a connector that Weft adopts", name, c.Connector), "Use letters, digits, dots, underscores and hyphens, 100 at most.")
		}
		if c.Postgres != nil {
			e.database(name, path+".postgres", *c.Postgres)
		} else {
			e.database(name, path+".mysql", *c.MySQL)
		}
	}
}

func (e *environmentCheck) database(name, path string, d Database) {
	if d.Host == "" || d.Database == "" {
		e.problem(path, RuleMissing, fmt.Sprintf("connection %s has no host or no database", name), "Write host: and database:.")
	}
	if d.User == "" {
		e.problem(path, RuleMissing, fmt.Sprintf("connection %s has no user", name), "Write user: and password: {env: NAME}.")
	}
	if d.Port < 0 || d.Port > 65535 || d.Port == 0 && e.written(path+".port") && !e.faultAt(e.at.At(e.under(path+".port"))) {
		e.problem(path+".port", RuleField, fmt.Sprintf("connection %s: port %d is out of range", name, d.Port), "Write 1 to 65535.")
	}
	e.secretForm(path+".password", d.Password)
}

// principal checks who an engine or an application is on Kafka.
func (e *environmentCheck) principal(path, text string) {
	if text != "" && (!strings.HasPrefix(text, "User:") || text == "User:") {
		e.problem(path, RuleName, fmt.Sprintf("%s: %q is not a principal", path, text), "Write User:NAME, as Kafka's ACLs do.")
	}
}

// principals checks that each is that of an application which exists.
func (e *environmentCheck) principals() {
	for _, name := range slices.Sorted(maps.Keys(e.env.Principals)) {
		path := "principals." + name
		e.principal(path, e.env.Principals[name])
		domain, app, ok := strings.Cut(name, ".")
		if !ok || !addrs.Segment(domain) || !addrs.Segment(app) {
			e.report(e.at.KeyAt(e.under(path)), RuleName, fmt.Sprintf("%s: %q is not an application", e.path, name), "Write DOMAIN.APP, as in logistics.wms.")
			continue
		}
		d, known := e.set.Domain(domain)
		if _, has := d.Apps[app]; e.set.Remote == nil && (!known || !has && app != "jobs") {
			e.report(e.at.KeyAt(e.under(path)), RuleReference, fmt.Sprintf("%s: %s is not an application of this mesh", e.path, name), applicationFix(name, e.set.Domains))
		}
	}
}

func applicationFix(name string, domains []Domain) string {
	var known []string
	for _, d := range domains {
		for app := range d.Apps {
			known = append(known, d.Name+"."+app)
		}
	}
	if closest, ok := diags.Closest(name, known); ok {
		return fmt.Sprintf("Did you mean %s?", closest)
	}
	return "Name one of those below apps in a domain.yaml."
}
