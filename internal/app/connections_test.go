package app

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
)

func TestConnectionsComeFromFlagsWithoutTheirSecrets(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got, err := movedConnections([]string{"a=postgres://weft@127.0.0.1:5433/shop?password_file=secrets/a", "b=mysql://weft@db/parcels?password_env=B"})
	want := map[string]contracts.Connection{
		"a": {Postgres: &contracts.Database{Host: "127.0.0.1", Port: 5433, Database: "shop", User: "weft", Password: contracts.Secret{File: filepath.Join(here, "secrets", "a")}}},
		"b": {MySQL: &contracts.Database{Host: "db", Database: "parcels", User: "weft", Password: contracts.Secret{Env: "B"}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for flag, says := range map[string]string{
		"postgres://weft:in-clear@db/shop?a=b": "is not NAME=postgres://",
		"A=postgres://weft@db/shop":            "is not NAME=postgres://",
		"a=postgres://weft:in-clear@db/shop":   "a password in its URL",
		"a=postgres://db/shop":                 "no user, host or database",
		"a=oracle://weft@db/shop":              `"oracle" is not postgres or mysql`,
		"a=postgres://weft@db:port/shop":       "is not NAME=postgres://",
		"a=postgres://weft@127.0.0.1:5432":     "no user, host or database",
		"a=postgres://weft@127.0.0.1:5432/a%%": "is not NAME=postgres://",
	} {
		_, err := movedConnections([]string{flag})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "in-clear") {
			t.Errorf("--connection %s says %v", flag, err)
		}
	}
}
