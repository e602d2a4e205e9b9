// Package secrets puts values in the place of the variables of a connector's configuration, as Kafka's config providers
// do (KIP-297): ${file:PATH:KEY} of a file of properties, ${env:NAME}, ${directory:PATH:FILE}. What it resolves is for
// the connector alone; what people see keeps its variables.
package secrets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/magiconair/properties"
)

// variable is Kafka's form of one (ConfigTransformer): ${provider:key} or ${provider:path:key}.
var variable = regexp.MustCompile(`\$\{([^}:]*):(?:([^}]*):)?([^}:]*)\}`)

// largest is how many bytes of a file are read.
const largest = 1 << 20

// Resolver knows where secrets may lie.
type Resolver struct {
	// Allowed are the folders that files may be read from (Kafka's allowed.paths); none: all that the process may read,
	// or no file if Confined.
	Allowed  []string
	Confined bool
}

// Error says of a key of a configuration why its variable has no value. It tells the variable, and never a value.
type Error struct {
	Key      string // of the configuration
	Variable string
	Err      error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %v", e.Key, e.Variable, e.Err) }

// Unwrap is the reason.
func (e *Error) Unwrap() error { return e.Err }

// Has reports whether a value has variables.
func Has(value string) bool { return variable.MatchString(value) }

// Resolved is a configuration with its values, which knows what must not be shown of it.
type Resolved struct {
	Config map[string]string
	hidden []pair // the longest value first
}

type pair struct{ value, variable string }

// Hide puts variables back into a text in which their values may stand.
func (r Resolved) Hide(text string) string {
	for _, h := range r.hidden {
		text = strings.ReplaceAll(text, h.value, h.variable)
	}
	return text
}

// Hidden is an error whose text is hidden, and what it wraps with it.
func (r Resolved) Hidden(err error) error {
	if err == nil || r.Hide(err.Error()) == err.Error() {
		return err
	}
	return errors.New(r.Hide(err.Error()))
}

// Resolve gives a copy of a configuration with its variables replaced. The error joins an *Error for each key that
// cannot be resolved.
func (r Resolver) Resolve(config map[string]string) (Resolved, error) {
	resolved := Resolved{Config: make(map[string]string, len(config))}
	var failed []error
	for key, value := range config {
		text, err := r.replace(value, &resolved)
		if err != nil {
			err.Key = key
			failed = append(failed, err)
		}
		resolved.Config[key] = text
	}
	slices.SortFunc(resolved.hidden, func(a, b pair) int { return len(b.value) - len(a.value) })
	slices.SortFunc(failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return resolved, errors.Join(failed...)
}

func (r Resolver) replace(value string, resolved *Resolved) (string, *Error) {
	var failed *Error
	text := variable.ReplaceAllStringFunc(value, func(v string) string {
		parts := variable.FindStringSubmatch(v)
		found, err := r.look(parts[1], parts[2], parts[3])
		if err != nil && failed == nil {
			failed = &Error{Variable: v, Err: err}
		}
		if found != "" {
			resolved.hidden = append(resolved.hidden, pair{found, v})
		}
		return found
	})
	return text, failed
}

func (r Resolver) look(provider, path, key string) (string, error) {
	switch provider {
	case "env":
		if value, set := os.LookupEnv(key); set {
			return value, nil
		}
		return "", fmt.Errorf("the environment variable %s is not set where the worker runs", key)
	case "file":
		return r.property(path, key)
	case "directory":
		return r.file(path, key)
	}
	return "", fmt.Errorf("there is no config provider %s; there are env, file and directory", provider)
}

// property is a value of a file of Java properties.
func (r Resolver) property(path, key string) (string, error) {
	text, err := r.read(path)
	if err != nil {
		return "", err
	}
	loader := properties.Loader{Encoding: properties.UTF8, DisableExpansion: true}
	values, err := loader.LoadBytes(text)
	if err != nil {
		return "", errors.New("the file is none of properties (key=value)")
	}
	if value, there := values.Get(key); there {
		return value, nil
	}
	return "", fmt.Errorf("the file has no %s", key)
}

// file is the content of a file of a directory, as Kubernetes mounts secrets.
func (r Resolver) file(path, key string) (string, error) {
	if key == "" || key != filepath.Base(key) {
		return "", errors.New("the key is no name of a file in the directory")
	}
	text, err := r.read(filepath.Join(path, key))
	return string(text), err
}

func (r Resolver) read(path string) ([]byte, error) {
	if !r.allowed(path) {
		return nil, fmt.Errorf("it lies in none of the folders that secrets may be read from: %s", strings.Join(r.Allowed, ", "))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(text) > largest {
		return nil, fmt.Errorf("the file is larger than %d bytes", largest)
	}
	return text, err
}

// allowed follows links first, so that none leads out of a folder.
func (r Resolver) allowed(path string) bool {
	if len(r.Allowed) == 0 {
		return !r.Confined
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = filepath.Clean(path)
	}
	return slices.ContainsFunc(r.Allowed, func(folder string) bool {
		if resolved, err := filepath.EvalSymlinks(folder); err == nil {
			folder = resolved
		}
		inside, err := filepath.Rel(folder, target)
		return err == nil && filepath.IsLocal(inside)
	})
}
