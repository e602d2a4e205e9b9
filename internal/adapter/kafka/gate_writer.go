package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/gate"
)

// gateWriter is a transactional producer.
type gateWriter struct{ client *kgo.Client }

// Writer takes a transactional id.
func (g *Gates) Writer(ctx context.Context, id string, limits gate.Limits) (gate.Writer, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, g.options...), kgo.TransactionalID(id),
		kgo.TransactionTimeout(transactionTimeout), kgo.ProducerBatchMaxBytesFn(batchBytes(limits)))...)
	if err != nil {
		return nil, err
	}
	opening, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if _, _, err := client.ProducerID(opening); err != nil {
		client.Close()
		return nil, fmt.Errorf("take the transactional id %s: %w", id, err)
	}
	return &gateWriter{client}, nil
}

func (w *gateWriter) Write(ctx context.Context, records []gate.Record, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, transactionTimeout)
	defer cancel()
	if err := w.client.BeginTransaction(); err != nil {
		return err
	}
	all := make([]*kgo.Record, len(records))
	for i, r := range records {
		all[i] = &kgo.Record{Topic: string(r.Topic), Key: r.Key, Value: r.Value, Timestamp: r.Time, Headers: headers(r.Headers)}
	}
	err := send(ctx, w.client, all)
	if err == nil && check != nil {
		err = check(ctx)
	}
	if err != nil {
		return fenced(errors.Join(err, w.client.EndTransaction(context.WithoutCancel(ctx), kgo.TryAbort)))
	}
	return fenced(w.client.EndTransaction(ctx, kgo.TryCommit))
}

// fenced says in words that another took the transactional id.
func fenced(err error) error {
	if errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced) {
		return errors.New("another replay of the same quarantine began in the meantime; nothing was written, try again")
	}
	return err
}

func (w *gateWriter) Close() { w.client.Close() }
