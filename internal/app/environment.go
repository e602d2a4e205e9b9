package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/weftmesh/weft/internal/adapter/kafka"
	adapter "github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/contracts"
)

// environment finds an environment that has a Kafka of its own.
func environment(mesh contracts.Mesh, name string) (contracts.Environment, error) {
	env, ok := mesh.Environments[name]
	if !ok {
		var known []string
		for other := range mesh.Environments {
			known = append(known, other)
		}
		sort.Strings(known)
		return env, fmt.Errorf("mesh.yaml has no environment %s; it has: %s", name, strings.Join(known, ", "))
	}
	if env.Kafka == nil {
		return env, fmt.Errorf("environment %s names no kafka, so it is embedded: run it with `weft up`, or add kafka: {bootstrap: [...]}", name)
	}
	return env, nil
}

// relative reads the files that mesh.yaml names from where it lies.
type relative struct{ dir string }

func (r relative) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.dir, name)
}

func (r relative) tls(config *contracts.TLS) *contracts.TLS {
	if config == nil {
		return nil
	}
	return &contracts.TLS{CA: r.path(config.CA), Cert: r.path(config.Cert), Key: r.path(config.Key), ServerName: config.ServerName}
}

func (r relative) kafka(config contracts.Kafka) contracts.Kafka {
	config.TLS = r.tls(config.TLS)
	return config
}

// secret gives the secret that a contract names. It is never printed.
func (r relative) secret(s contracts.Secret) (string, error) {
	switch {
	case s.Env != "":
		value, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", s.Env)
		}
		return value, nil
	case s.File != "":
		text, err := os.ReadFile(r.path(s.File))
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	case s.Connect != "":
		return "", errors.New("{connect: ...} is resolved by Kafka Connect alone; write {env: NAME} or {file: PATH}")
	}
	return "", nil
}

// registry is how an environment's own registry is reached.
func (r relative) registry(config contracts.Registry) (adapter.Config, error) {
	reached := adapter.Config{URL: config.URL, User: config.User}
	var err error
	if config.URL == "" {
		return reached, errors.New("registry has no url")
	}
	if reached.Password, err = r.secret(config.Password); err != nil {
		return reached, fmt.Errorf("registry.password: %w", err)
	}
	if reached.Token, err = r.secret(config.Token); err != nil {
		return reached, fmt.Errorf("registry.token: %w", err)
	}
	if config.TLS == nil {
		return reached, nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // it is one
	if transport.TLSClientConfig, err = kafka.TLS(*r.tls(config.TLS)); err != nil {
		return reached, fmt.Errorf("registry: %w", err)
	}
	transport.MaxIdleConnsPerHost = 64
	reached.HTTP = &http.Client{Transport: transport, Timeout: adapter.Timeout}
	return reached, nil
}
