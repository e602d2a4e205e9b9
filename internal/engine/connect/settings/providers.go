package settings

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Providers resolve what stands in a configuration for something else, as Kafka Connect's config providers do (KIP-297):
// ${file:PATH:KEY} of a file of properties, ${directory:PATH:FILE} for the text of a file, ${env:NAME}.
type Providers struct {
	// Files are the folders that files may lie in, and what lies below; none: anywhere, unless Confined.
	Files    []string
	Confined bool
}

var reference = regexp.MustCompile(`\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}`)

// maxFile bounds a file that is read for a value, in bytes.
const maxFile = 1 << 20

// Resolved is a configuration with its values, and what must not be shown of it.
type Resolved struct {
	Config map[string]string
	// Errors are the references that cannot be resolved, by the key that they stand in.
	Errors map[string]string
	hidden []pair
}

type pair struct{ value, shown string }

// Resolve resolves the references of a configuration.
func (p Providers) Resolve(config map[string]string) Resolved {
	r := Resolved{Config: maps.Clone(config), Errors: map[string]string{}}
	for key, text := range config {
		r.Config[key] = reference.ReplaceAllStringFunc(text, func(shown string) string {
			parts := reference.FindStringSubmatch(shown)
			value, err := p.value(parts[1], parts[2], parts[3])
			if err != nil {
				r.Errors[key] = fmt.Sprintf("%s cannot be resolved: %v", shown, err)
				return shown
			}
			if value != "" {
				r.hidden = append(r.hidden, pair{value, shown})
			}
			return value
		})
	}
	slices.SortFunc(r.hidden, func(a, b pair) int { return len(b.value) - len(a.value) })
	return r
}

// Hide puts the references back into a text in which their values may stand.
func (r Resolved) Hide(text string) string {
	for _, h := range r.hidden {
		text = strings.ReplaceAll(text, h.value, h.shown)
	}
	return text
}

// Hidden is an error without the values of references; its causes are hidden with them.
func (r Resolved) Hidden(err error) error {
	if err == nil || len(r.hidden) == 0 {
		return err
	}
	return errors.New(r.Hide(err.Error()))
}

func (p Providers) value(provider, path, key string) (string, error) {
	switch provider {
	case "file":
		return p.property(path, key)
	case "directory":
		text, err := p.read(filepath.Join(path, filepath.Base(key)))
		return string(text), err
	case "env":
		if value, has := os.LookupEnv(key); has {
			return value, nil
		}
		return "", fmt.Errorf("the environment has no variable %s", key)
	}
	return "", fmt.Errorf("there is no config provider %q; there are file, directory and env", provider)
}

func (p Providers) property(path, key string) (string, error) {
	text, err := p.read(path)
	if err != nil {
		return "", err
	}
	value, has := properties(string(text))[key]
	if !has {
		return "", fmt.Errorf("file %s has no key %s", path, key)
	}
	return value, nil
}

func (p Providers) read(path string) ([]byte, error) {
	if err := p.allowed(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return nil, fmt.Errorf("file %s cannot be read", path)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s is no file of at most 1 MiB", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("file %s cannot be read", path)
	}
	return text, nil
}

func (p Providers) allowed(path string) error {
	if len(p.Files) == 0 && !p.Confined {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = filepath.Clean(path)
	}
	for _, folder := range p.Files {
		if below(folder, real) {
			return nil
		}
	}
	return fmt.Errorf("%s lies in none of the folders that config providers may read (--files)", path)
}

func below(folder, path string) bool {
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		folder = resolved
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(absolute, path)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, "../")
}

// properties reads a file of Java's Properties: key=value or key: value, # and ! open comments, a backslash at the end of
// a line joins it with the next.
func properties(text string) map[string]string {
	values := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 2*maxFile)
	joined := ""
	for lines.Scan() {
		line := strings.TrimLeft(lines.Text(), " \t\f")
		if joined == "" && (line == "" || line[0] == '#' || line[0] == '!') {
			continue
		}
		joined += line
		if slashes := len(joined) - len(strings.TrimRight(joined, `\`)); slashes%2 == 1 {
			joined = joined[:len(joined)-1]
			continue
		}
		key, value := property(joined)
		values[key], joined = value, ""
	}
	return values
}

func property(line string) (key, value string) {
	var b strings.Builder
	i := 0
	for ; i < len(line); i++ {
		if line[i] == '\\' && i+1 < len(line) {
			i++
			b.WriteByte(line[i])
			continue
		}
		if strings.IndexByte("=: \t", line[i]) >= 0 {
			break
		}
		b.WriteByte(line[i])
	}
	rest := strings.TrimLeft(line[i:], " \t")
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], " \t")
	}
	return b.String(), unescape(rest)
}

func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch text[i] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		case 'u':
			var r rune
			if n, _ := fmt.Sscanf(text[i+1:min(i+5, len(text))], "%04x", &r); n == 1 && i+4 < len(text) {
				b.WriteRune(r)
				i += 4
			}
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
