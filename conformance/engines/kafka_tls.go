package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// secure gives the listeners for TLS and for mutual TLS, with a leading comma, and what Kafka must know of them: both
// show a certificate of the authority, the second asks for one.
func (k *Kafka) secure(t testing.TB, dir string, authority *Authority) (listeners, settings string) {
	t.Helper()
	if authority == nil {
		return "", ""
	}
	cert, key := authority.Issue(t, "broker")
	var store []byte
	for _, file := range []string{key, cert} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		store = append(store, text...)
	}
	keystore := filepath.Join(dir, "keystore.pem")
	write(t, keystore, string(store))
	oneWay, mutual := FreePort(t), FreePort(t)
	k.TLSBootstrap, k.MTLSBootstrap = fmt.Sprintf("127.0.0.1:%d", oneWay), fmt.Sprintf("127.0.0.1:%d", mutual)
	return fmt.Sprintf(",TLS://%s,MTLS://%s", k.TLSBootstrap, k.MTLSBootstrap), fmt.Sprintf(`ssl.keystore.type=PEM
ssl.keystore.location=%s
ssl.truststore.type=PEM
ssl.truststore.location=%s
listener.name.mtls.ssl.client.auth=required
`, keystore, authority.CA)
}
