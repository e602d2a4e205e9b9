package kafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// change makes one change to a topic that exists.
func (t *Topics) change(ctx context.Context, c plans.Change) error {
	switch c.Action {
	case plans.Delete:
		return t.delete(ctx, c.Addr.Name)
	case plans.Replace:
		return t.replace(ctx, c)
	}
	if err := t.alterConfigs(ctx, c); err != nil {
		return err
	}
	return t.addPartitions(ctx, c)
}

func (t *Topics) delete(ctx context.Context, name string) error {
	responses, err := t.admin.DeleteTopics(ctx, name)
	if err != nil {
		return err
	}
	return responses.Error()
}

// replace deletes the topic with its records and makes it anew.
func (t *Topics) replace(ctx context.Context, c plans.Change) error {
	if err := t.delete(ctx, c.Addr.Name); err != nil {
		return err
	}
	for deadline := time.Now().Add(Timeout); ; {
		details, err := t.admin.ListTopics(ctx, c.Addr.Name)
		if err == nil && !details.Has(c.Addr.Name) {
			break
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("the topic was deleted and is still to be seen after %s", Timeout)
		}
		pause(ctx, 20*time.Millisecond)
	}
	var failed error
	t.create(ctx, []plans.Change{c}, func(_ plans.Change, err error) { failed = err })
	return failed
}

// alterConfigs sets what differs, and takes away what no contract asks for (KIP-339).
func (t *Topics) alterConfigs(ctx context.Context, c plans.Change) error {
	var alterations []kadm.AlterConfig
	for _, a := range c.Attributes {
		key, ok := strings.CutPrefix(a.Name, resources.ConfigPrefix)
		switch {
		case !ok:
		case a.New == "":
			alterations = append(alterations, kadm.AlterConfig{Op: kadm.DeleteConfig, Name: key})
		default:
			alterations = append(alterations, kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: &a.New})
		}
	}
	if len(alterations) == 0 {
		return nil
	}
	responses, err := t.admin.AlterTopicConfigs(ctx, alterations, c.Addr.Name)
	if err != nil {
		return err
	}
	_, err = responses.On(c.Addr.Name, func(r *kadm.AlterConfigsResponse) error {
		if r.Err != nil && r.ErrMessage != "" {
			return fmt.Errorf("%w: %s", r.Err, r.ErrMessage)
		}
		return r.Err
	})
	return err
}

func (t *Topics) addPartitions(ctx context.Context, c plans.Change) error {
	for _, a := range c.Attributes {
		if a.Name != resources.Partitions {
			continue
		}
		n, err := strconv.Atoi(a.New)
		if err != nil {
			return err
		}
		responses, err := t.admin.UpdatePartitions(ctx, n, c.Addr.Name)
		if err != nil {
			return err
		}
		return responses.Error()
	}
	return nil
}
