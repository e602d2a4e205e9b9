package transforms

import (
	"regexp"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// regexRouter renames the topics whose whole name matches (org.apache.kafka.connect.transforms.RegexRouter).
type regexRouter struct {
	regex       *regexp.Regexp
	replacement string
	renamed     map[string]string
}

func newRegexRouter(b *builder) transform {
	return &regexRouter{
		regex:       b.pattern("regex", "Regular expression to use for matching."),
		replacement: replacement(b.required("replacement", source.String, "Replacement string.")),
		renamed:     map[string]string{},
	}
}

func (t *regexRouter) apply(r *data.Record, _ *Scratch) (bool, error) {
	r.Topic = renamed(t.renamed, r.Topic, func(topic string) string { return rewrite(t.regex, topic, t.replacement) })
	return true, nil
}

// renamed keeps what names became, up to a bound.
func renamed(kept map[string]string, name string, rename func(string) string) string {
	if to, has := kept[name]; has {
		return to
	}
	if len(kept) >= 10_000 {
		clear(kept)
	}
	to := rename(name)
	kept[name] = to
	return to
}

// rewrite is the replacement filled from a text that matches as a whole, or the text.
func rewrite(regex *regexp.Regexp, text, replacement string) string {
	groups := regex.FindStringSubmatchIndex(text)
	if groups == nil {
		return text
	}
	return string(regex.ExpandString(nil, replacement, text, groups))
}

// replacement is Java's form of a replacement ($1, ${name}, \$) in Go's (${1}, ${name}, $$).
func replacement(java string) string {
	var b strings.Builder
	for i := 0; i < len(java); i++ {
		switch c := java[i]; {
		case c == '\\' && i+1 < len(java):
			i++
			if java[i] == '$' {
				b.WriteByte('$')
			}
			b.WriteByte(java[i])
		case c == '$' && i+1 < len(java) && java[i+1] >= '0' && java[i+1] <= '9':
			i++
			b.WriteString("${" + string(java[i]) + "}")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
