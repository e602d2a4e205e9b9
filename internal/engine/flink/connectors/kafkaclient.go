package connectors

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// clientOptions translates properties of Kafka's Java clients.
func (k *kafkaTable) clientOptions() ([]kgo.Opt, error) {
	p := k.properties
	opts := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(strings.ReplaceAll(p["bootstrap.servers"], " ", ""), ",")...),
		kgo.MetadataMinAge(50 * time.Millisecond),
	}
	if id := p["client.id"]; id != "" {
		opts = append(opts, kgo.ClientID(id))
	}
	security, err := k.security()
	return append(opts, security...), err
}

// security reads security.protocol, sasl.* and ssl.truststore.
func (k *kafkaTable) security() (opts []kgo.Opt, err error) {
	p := k.properties
	protocol := strings.ToUpper(p["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		config, err := trust(p)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(config))
	default:
		return nil, fmt.Errorf("'properties.security.protocol' = '%s' is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", protocol)
	}
	if !strings.HasPrefix(protocol, "SASL_") {
		return opts, nil
	}
	user, password := jaas(p["sasl.jaas.config"], "username"), jaas(p["sasl.jaas.config"], "password")
	switch mechanism := strings.ToUpper(p["sasl.mechanism"]); mechanism {
	case "PLAIN":
		return append(opts, kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism())), nil
	case "SCRAM-SHA-256":
		return append(opts, kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha256Mechanism())), nil
	case "SCRAM-SHA-512":
		return append(opts, kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism())), nil
	default:
		return nil, fmt.Errorf("'properties.sasl.mechanism' = '%s' is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", mechanism)
	}
}

func trust(p map[string]string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	text := p["ssl.truststore.certificates"]
	if text == "" && p["ssl.truststore.location"] != "" {
		data, err := os.ReadFile(p["ssl.truststore.location"])
		if err != nil {
			return nil, err
		}
		text = string(data)
	}
	if text != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(text)) {
			return nil, fmt.Errorf("the trust store holds no certificate in PEM form ('properties.ssl.truststore.type' = 'PEM')")
		}
	}
	return config, nil
}

// jaas finds username="..." in a JAAS line.
func jaas(line, key string) string {
	m := regexp.MustCompile(key + `\s*=\s*"?([^";\s]*)"?`).FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1]
}

// admin is the admin client of a table's brokers, shared by all tables of the run.
func (s *Set) admin(k *kafkaTable) (*kadm.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := k.properties["bootstrap.servers"]
	if a, ok := s.admins[key]; ok {
		return a, nil
	}
	opts, err := k.clientOptions()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	a := kadm.NewClient(client)
	s.admins[key] = a
	s.closes = append(s.closes, func() error { client.Close(); return nil })
	return a, nil
}

func (k *kafkaTable) whole(property string, unset int64) (int64, error) {
	text, ok := k.properties[property]
	if !ok {
		return unset, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("'properties.%s' = '%s' is no whole number", property, text)
	}
	return n, nil
}

// producerOptions translates the properties of producers.
func (k *kafkaTable) producerOptions() ([]kgo.Opt, error) {
	opts, err := k.clientOptions()
	if err != nil {
		return nil, err
	}
	linger, err := k.whole("linger.ms", 2)
	if err != nil {
		return nil, err
	}
	opts = append(opts, kgo.RecordPartitioner(partitioner{}), kgo.ProducerLinger(time.Duration(linger)*time.Millisecond), kgo.MaxBufferedRecords(1<<17))
	codec, ok := codecs[k.properties["compression.type"]]
	if !ok {
		return nil, fmt.Errorf("'properties.compression.type' = '%s' is none of none, gzip, snappy, lz4, zstd", k.properties["compression.type"])
	}
	return append(opts, kgo.ProducerBatchCompression(codec)), nil
}

var codecs = map[string]kgo.CompressionCodec{
	"": kgo.NoCompression(), "none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(),
	"zstd": kgo.ZstdCompression(),
}
