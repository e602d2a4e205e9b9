package kafka

import (
	"fmt"
	"net"
)

// listener tells kfake, and by it every client, the advertised address in place of the one that is bound.
type listener struct {
	net.Listener
	advertised net.Addr
	commits    *groupCommit // nil: the engine syncs by itself
}

// Accept gives a connection whose answers wait for the disk.
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil || l.commits == nil {
		return accepted, err
	}
	return newConn(accepted, l.commits), nil
}

func listen(config Config) (*listener, error) {
	bound, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAddress, config.Listen, err)
	}
	l := &listener{Listener: bound, advertised: bound.Addr()}
	if config.Advertise != "" {
		_, port, _ := net.SplitHostPort(bound.Addr().String())
		l.advertised = address(net.JoinHostPort(config.Advertise, port))
	}
	return l, nil
}

// Addr is what clients are told.
func (l *listener) Addr() net.Addr { return l.advertised }

// address is a host:port whose host need not be one of this machine's.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
