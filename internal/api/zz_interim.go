package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// newServer is interim.
func newServer(config Config) http.Handler {
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("Weft", config.Version))
	for _, register := range config.Extra {
		register(api)
	}
	return mux
}
