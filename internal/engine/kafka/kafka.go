// Package kafka is the embedded event bus: franz-go's kfake on a data directory, behind the Kafka wire protocol, with
// what unmodified clients need laid around it. One process holds a directory at a time; a produce request is answered
// after its batches are on disk.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Config says how a bus is opened.
type Config struct {
	Dir       string       // the data directory; made if it is not there
	Listen    string       // host:port; port 0 picks a free one
	Advertise string       // the host that clients are told to connect to; "" for that of Listen
	Logger    *slog.Logger // nil drops what the bus has to say
}

// Bus is a running event bus.
type Bus struct {
	dir      string
	cluster  *kfake.Cluster
	self     *kgo.Client
	lock     *flock.Flock
	listener *listener
	disk     *os.File // the data directory, by which its file system is synced
	failed   chan error
	stop     context.CancelFunc
	done     sync.WaitGroup
	closing  sync.Once
}

// Errors that a caller can name a remedy for.
var (
	ErrLocked  = errors.New("the data directory is in use")
	ErrAddress = errors.New("the address cannot be listened on")
	ErrDir     = errors.New("the data directory cannot be written")
)

// Open locks the directory, listens, and loads what an earlier bus left there.
func Open(ctx context.Context, config Config) (*Bus, error) {
	lock, err := lockDir(config.Dir)
	if err != nil {
		return nil, err
	}
	bus := &Bus{dir: config.Dir, lock: lock, failed: make(chan error, 1)}
	if err := bus.start(config); err != nil {
		_ = lock.Unlock()
		return nil, err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	bus.stop = stop
	bus.done.Go(func() { bus.watch(watching, config.Dir) })
	return bus, nil
}

func (b *Bus) start(config Config) error {
	l, err := listen(config)
	if err != nil {
		return err
	}
	orphans, err := recoverProducers(config.Dir, time.Now())
	if err == nil {
		err = abortOrphans(filepath.Join(config.Dir, "log"), orphans)
	}
	if err != nil {
		l.Close()
		return fmt.Errorf("open the bus on %s: %w", config.Dir, err)
	}
	b.listener = l
	if groupsCommits {
		if b.disk, err = os.Open(config.Dir); err != nil {
			l.Close()
			return err
		}
		l.commits = newGroupCommit(func() error { return syncFileSystem(b.disk) }, b.fail)
	}
	b.cluster, err = kfake.NewCluster(b.options(config, l)...)
	if err != nil {
		l.Close()
		b.endCommits()
		return fmt.Errorf("open the bus on %s: %w", config.Dir, err)
	}
	b.self, err = kgo.NewClient(kgo.SeedBrokers(l.Listener.Addr().String()), kgo.ClientID("weft-bus"))
	if err != nil {
		b.cluster.Close()
		b.endCommits()
		return err
	}
	b.intercept()
	return nil
}

func (b *Bus) options(config Config, l *listener) []kfake.Opt {
	options := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.Ports(0),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return l, nil }),
		kfake.ClusterID("weft"),
		kfake.DataDir(filepath.Join(config.Dir, "log")),
		kfake.MaxVersions(versions()),
		kfake.WithLogger(diskLog{b}),
		kfake.DefaultNumPartitions(1),
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "60000"}),
	}
	if l.commits == nil {
		options = append(options, kfake.SyncWrites())
	}
	return options
}

// fail takes the bus down: what was answered after the disk failed may not be on it, so nothing more is.
func (b *Bus) fail(err error) {
	b.listener.Close()
	if b.listener.commits != nil {
		b.listener.commits.breakOff()
	}
	select {
	case b.failed <- fmt.Errorf("the bus stopped, as its disk failed (%s): %w; free space or replace the disk, then start again", b.dir, err):
	default:
	}
}

// versions caps what Java's admin client cannot read from kfake: CreateTopics above v4 and DescribeTopicPartitions.
func versions() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(keyCreateTopics, 4)
	v.SetMaxKeyVersion(keyDescribeTopicPartitions, -1)
	return v
}

// Addr is the host:port that clients connect to.
func (b *Bus) Addr() string { return b.listener.Addr().String() }

// Failed gives the error that took the bus down, where it was not Close.
func (b *Bus) Failed() <-chan error { return b.failed }

// Close stops the bus and frees its directory. A second call does nothing.
func (b *Bus) Close() error {
	var err error
	b.closing.Do(func() { err = b.close() })
	return err
}

func (b *Bus) close() error {
	b.stop()
	b.done.Wait()
	b.self.Close()
	b.cluster.Close()
	b.endCommits()
	err := os.WriteFile(filepath.Join(b.dir, closedMark), nil, 0o600)
	return errors.Join(err, b.lock.Unlock())
}

func (b *Bus) endCommits() {
	if b.listener.commits != nil {
		b.listener.commits.close()
		b.disk.Close()
	}
}

func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	path := filepath.Join(dir, "lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s is held by %s; stop it, or use another directory", ErrLocked, dir, holder(path))
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	return lock, nil
}

func holder(path string) string {
	if pid, err := os.ReadFile(path); err == nil && len(pid) > 0 && len(pid) < 12 {
		return "process " + string(pid)
	}
	return "another process"
}
