package flink

import (
	"maps"
	"regexp"
	"strings"
)

// Hidden stands in place of a secret (Flink's GlobalConfiguration.HIDDEN_CONTENT).
const Hidden = "******"

// sensitive are parts of the keys whose values are secrets: Flink's list, and what Kafka's clients keep theirs under.
var sensitive = []string{
	"password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params", "service-key", "token", "basic-auth",
	"jaas.config", "http-headers", "credential", "private-key", "keystore.key",
}

// Shown gives options with the secrets hidden.
func Shown(options map[string]string) map[string]string {
	shown := maps.Clone(options)
	for key := range shown {
		if secret(key) {
			shown[key] = Hidden
		}
	}
	return shown
}

func secret(key string) bool {
	key = strings.ToLower(key)
	for _, part := range sensitive {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// option is 'key' = 'value' in a statement.
var option = regexp.MustCompile(`'((?:[^']|'')*)'(\s*=\s*)'(?:[^']|'')*'`)

// Masked gives a statement with the secrets among its options hidden: hints have some.
func Masked(statement string) string {
	return option.ReplaceAllStringFunc(statement, func(pair string) string {
		parts := option.FindStringSubmatch(pair)
		if !secret(parts[1]) {
			return pair
		}
		return "'" + parts[1] + "'" + parts[2] + "'" + Hidden + "'"
	})
}
