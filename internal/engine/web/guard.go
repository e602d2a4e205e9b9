package web

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// guard refuses requests that a page in a browser sends: those to a name that it made resolve to this machine, and those
// that change something and come from elsewhere.
func guard(next http.Handler, hosts []string, refuse Refusal) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "Pages from elsewhere may not use this server.")
	}))
	next = crossing.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !known(r.Host, hosts) {
			refuse(w, http.StatusForbidden, "This server does not answer for the host "+r.Host+".")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func known(host string, hosts []string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback() || slices.Contains(hosts, name)
}
