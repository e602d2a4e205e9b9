package kafka

import (
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/weftmesh/weft/internal/plans"
)

// outage remembers that the cluster has stopped to answer while changes are made.
type outage struct {
	mu    sync.Mutex
	cause error
}

// watching takes note of a change that failed without an answer of the cluster.
func (o *outage) watching(done func(plans.Change, error)) func(plans.Change, error) {
	return func(c plans.Change, err error) {
		if unanswered(err) {
			o.mu.Lock()
			if o.cause == nil {
				o.cause = err
			}
			o.mu.Unlock()
		}
		done(c, err)
	}
}

// unanswered reports whether an error is none that a broker gave.
func unanswered(err error) bool {
	var answer *kerr.Error
	return err != nil && !errors.As(err, &answer) && !errors.Is(err, errUnseen)
}

// since gives the reason for not trying any more; nil while the cluster answers.
func (o *outage) since() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil {
		return nil
	}
	return fmt.Errorf("not tried, as the cluster stopped to answer: %w", o.cause)
}

// or makes a change, unless the cluster is away.
func (o *outage) or(change func() error) error {
	if err := o.since(); err != nil {
		return err
	}
	return change()
}
