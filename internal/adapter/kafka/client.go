// Package kafka reaches a Kafka cluster by its protocol: topics as resources, the mesh's ledger, and what observers ask.
package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/weftmesh/weft/internal/contracts"
)

// Timeout bounds how long an unreachable cluster is waited for.
const Timeout = 10 * time.Second

// Secrets gives the secret that a contract names, from where it is.
type Secrets func(contracts.Secret) (string, error)

// Options are what a client needs to reach the cluster of an environment.
func Options(config contracts.Kafka, secrets Secrets) ([]kgo.Opt, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(config.Bootstrap...),
		kgo.ClientID("weft"),
		kgo.DialTimeout(Timeout),
		kgo.RetryTimeout(Timeout),
		kgo.MetadataMinAge(50 * time.Millisecond),
	}
	if len(config.Bootstrap) == 0 {
		return nil, errors.New("the environment's kafka has no bootstrap: name its brokers, as in [\"kafka-1:9093\"]")
	}
	if config.TLS != nil {
		settings, err := TLS(*config.TLS)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(settings))
	}
	if config.SASL != nil {
		mechanism, err := mechanism(*config.SASL, secrets)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

// TLS reads the PEM files that a contract names.
func TLS(config contracts.TLS) (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: config.ServerName}
	if config.CA != "" {
		text, err := os.ReadFile(config.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("tls.ca: %s holds no certificate in PEM", config.CA)
		}
	}
	if config.Cert != "" || config.Key != "" {
		own, err := tls.LoadX509KeyPair(config.Cert, config.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert and tls.key: %w", err)
		}
		settings.Certificates = []tls.Certificate{own}
	}
	return settings, nil
}

func mechanism(config contracts.SASL, secrets Secrets) (sasl.Mechanism, error) {
	password, err := secrets(config.Password)
	if err != nil {
		return nil, fmt.Errorf("sasl.password: %w", err)
	}
	switch strings.ToUpper(config.Mechanism) {
	case "PLAIN":
		return plain.Auth{User: config.User, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: config.User, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: config.User, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("sasl.mechanism %q is not known; write PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", config.Mechanism)
}

// Connect makes a client and asks the cluster for its brokers, so that what keeps it from working is said at once.
func Connect(ctx context.Context, bootstrap []string, options []kgo.Opt) (client *kgo.Client, brokers int, err error) {
	client, err = kgo.NewClient(options...)
	if err != nil {
		return nil, 0, fmt.Errorf("kafka: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	metadata, err := kadm.NewClient(client).BrokerMetadata(ctx)
	if err != nil {
		client.Close()
		return nil, 0, explained(bootstrap, err)
	}
	return client, len(metadata.Brokers), nil
}

// explained says in words for people why a cluster cannot be worked with.
func explained(bootstrap []string, err error) error {
	at := strings.Join(bootstrap, ", ")
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return fmt.Errorf("kafka at %s refused the user or the password; check sasl.user, sasl.mechanism and where sasl.password points to", at)
	case errors.As(err, &certificate):
		return fmt.Errorf("kafka at %s shows a certificate that is not trusted: %w; name its authority in tls.ca", at, certificate.Err)
	case strings.Contains(err.Error(), "tls: certificate required"), strings.Contains(err.Error(), "tls: bad certificate"): // alerts have no type
		return fmt.Errorf("kafka at %s asks for a certificate of Weft's own, or does not trust it: %w; name it in tls.cert and tls.key", at, err)
	case errors.As(err, &dns):
		return fmt.Errorf("kafka at %s cannot be found: no such host %s; check kafka.bootstrap", at, dns.Name)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("kafka at %s did not answer within %s; check that it runs, kafka.bootstrap, and whether it asks for tls or sasl", at, Timeout)
	}
	return fmt.Errorf("kafka at %s cannot be reached within %s: %w; check that it runs, kafka.bootstrap, and whether it asks for tls or sasl", at, Timeout, err)
}
