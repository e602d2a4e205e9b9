package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// counter stands before a Kafka and a registry, passes everything on, and counts what the control plane asks of them.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
}

// controlPlane is the client id of what is counted; the registry's own reading of its log is not.
const controlPlane = "weft"

func (c *counter) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

// begin forgets what has been counted.
func (c *counter) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = map[string]int{}
}

// said is the number of requests, and of which kinds they were.
func (c *counter) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	total, kinds := 0, []string{}
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		total += c.counts[what]
		kinds = append(kinds, fmt.Sprintf("%d %s", c.counts[what], what))
	}
	return fmt.Sprintf("%d: %s", total, strings.Join(kinds, ", "))
}

// kafka listens on the port of a broker at another address of loopback, which the broker advertises.
func (c *counter) kafka(h *host, address, broker string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	h.cleanups = append(h.cleanups, func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.pass(client, broker)
		}
	}()
	return nil
}

func (c *counter) pass(client net.Conn, broker string) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", broker)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	for c.passRequest(client, server) == nil {
	}
}

// passRequest passes one request on: its size, its head (key, version, correlation id, client id), and the rest.
func (c *counter) passRequest(client io.Reader, server io.Writer) error {
	head := make([]byte, 14)
	if _, err := io.ReadFull(client, head); err != nil {
		return err
	}
	size, id := int64(binary.BigEndian.Uint32(head)), make([]byte, max(0, int16(binary.BigEndian.Uint16(head[12:]))))
	if _, err := io.ReadFull(client, id); err != nil {
		return err
	}
	if string(id) == controlPlane {
		c.count(kmsg.NameForKey(int16(binary.BigEndian.Uint16(head[4:]))))
	}
	if _, err := server.Write(slices.Concat(head, id)); err != nil {
		return err
	}
	_, err := io.CopyN(server, client, size+4-int64(len(head)+len(id)))
	return err
}

// registry stands before a registry and gives its own URL.
func (c *counter) registry(h *host, target string) (string, error) {
	to, err := url.Parse(target)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // on loopback, for the run
		kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		c.count(r.Method + " /" + kind)
		proxy.ServeHTTP(w, r)
	})}
	h.cleanups = append(h.cleanups, func() { server.Close() })
	go server.Serve(l) //nolint:errcheck // until it is closed
	return "http://" + l.Addr().String(), nil
}
