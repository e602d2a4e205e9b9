package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// modeOpen is the mode in which a subject takes registrations.
const modeOpen = "READWRITE"

// atOnce bounds how many requests are under way.
const atOnce = 24

// Subjects are a registry's subjects as resources.
type Subjects struct {
	client *client
	modes  func(ctx context.Context) (bool, error)
}

var (
	_ reconcile.Target = (*Subjects)(nil)
	_ reconcile.Judge  = (*Subjects)(nil)
)

// NewSubjects reads and changes the subjects of a registry.
func NewSubjects(config Config) *Subjects {
	s := &Subjects{client: newClient(config)}
	s.modes = s.askForModes()
	return s
}

// HasModes reports whether the registry can make subjects read-only. It is asked once.
func (s *Subjects) HasModes(ctx context.Context) (bool, error) { return s.modes(ctx) }

func (s *Subjects) askForModes() func(context.Context) (bool, error) {
	var mu sync.Mutex
	var known, has bool
	return func(ctx context.Context) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if known {
			return has, nil
		}
		err := s.client.call(ctx, "GET", "/mode", nil, nil)
		if err != nil && !notFound(err) {
			return false, err
		}
		known, has = true, err == nil
		return has, nil
	}
}

// version is the newest version of a subject, as the registry shows it.
type version struct {
	Subject    string `json:"subject"`
	Version    int    `json:"version"`
	Schema     string `json:"schema"`
	SchemaType string `json:"schemaType"`
}

// Read asks once which subjects there are, then side by side for the newest version and the settings of those named.
func (s *Subjects) Read(ctx context.Context, names []string) ([]resources.Observed, error) {
	var all []string
	if err := s.client.call(ctx, "GET", "/subjects", nil, &all); err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, name := range all {
		there[name] = true
	}
	found := make([]*resources.Observed, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, name := range names {
		if !there[name] {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = s.subject(ctx, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var observed []resources.Observed
	for _, o := range found {
		if o != nil {
			observed = append(observed, *o)
		}
	}
	return observed, nil
}

func (s *Subjects) subject(ctx context.Context, name string) (*resources.Observed, error) {
	var newest version
	err := s.client.call(ctx, "GET", subjectPath("/subjects/%s/versions/latest", name), nil, &newest)
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o := &resources.Observed{Addr: addrs.Resource{Kind: addrs.KindSubject, Name: name}, Attributes: map[string]string{
		resources.SchemaText: newest.Schema, resources.SchemaType: "AVRO",
	}}
	if newest.SchemaType != "" {
		o.Attributes[resources.SchemaType] = newest.SchemaType
	}
	return o, s.settings(ctx, name, o.Attributes)
}

// settings reads the subject's own level and mode; where it has none the attribute is absent.
func (s *Subjects) settings(ctx context.Context, name string, into map[string]string) error {
	var level struct {
		CompatibilityLevel string `json:"compatibilityLevel"`
	}
	switch err := s.client.call(ctx, "GET", subjectPath("/config/%s", name), nil, &level); {
	case err == nil:
		into[resources.Compatibility] = strings.ToUpper(level.CompatibilityLevel)
	case !notFound(err):
		return err
	}
	if has, err := s.HasModes(ctx); err != nil || !has {
		return err
	}
	var mode struct {
		Mode string `json:"mode"`
	}
	switch err := s.client.call(ctx, "GET", subjectPath("/mode/%s", name), nil, &mode); {
	case err == nil:
		into[resources.Mode] = mode.Mode
	case !notFound(err):
		return err
	}
	return nil
}

// Apply makes changes side by side. Once the registry does not answer, the rest is not tried: each would wait as long
// again.
func (s *Subjects) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	var away atomic.Pointer[error]
	for _, c := range changes {
		group.Go(func() error {
			if cause := away.Load(); cause != nil {
				done(c, fmt.Errorf("not tried, as the registry stopped to answer: %w", *cause))
				return nil
			}
			err := s.apply(ctx, c)
			if errors.Is(err, errUnreachable) {
				away.CompareAndSwap(nil, &err)
			}
			done(c, err)
			return nil
		})
	}
	_ = group.Wait()
}

func (s *Subjects) apply(ctx context.Context, c plans.Change) error {
	switch c.Action {
	case plans.Delete:
		return s.delete(ctx, c.Addr.Name)
	case plans.Replace:
		if err := s.delete(ctx, c.Addr.Name); err != nil {
			return err
		}
	}
	return s.bring(ctx, c)
}

// bring opens a subject that is read-only, sets level and schema, and closes it: registries take neither from a subject
// that is read-only. A run that is cut off leaves the subject open to writes, which the next plan shows as a mode to set.
func (s *Subjects) bring(ctx context.Context, c plans.Change) error {
	want, name := c.Desired.Attributes, c.Addr.Name
	fresh := anew(c)
	level, schema := fresh || changes(c, resources.Compatibility), fresh || changes(c, resources.SchemaText)
	mode, closes := want[resources.Mode]
	var steps []func() error
	if closes && !fresh && (level || schema) {
		steps = append(steps, func() error { return s.setMode(ctx, name, modeOpen) })
	}
	if level {
		steps = append(steps, func() error { return s.setLevel(ctx, name, want[resources.Compatibility].Text, closes) })
	}
	if schema {
		steps = append(steps, func() error { return s.register(ctx, c) })
	}
	if closes && (level || schema || changes(c, resources.Mode)) {
		steps = append(steps, func() error { return s.setMode(ctx, name, mode.Text) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// anew reports whether a change makes its subject from nothing.
func anew(c plans.Change) bool { return c.Action == plans.Create || c.Action == plans.Replace }

func changes(c plans.Change, attribute string) bool {
	return slices.ContainsFunc(c.Attributes, func(a plans.AttributeChange) bool { return a.Name == attribute })
}

// setLevel sets a subject's compatibility. A subject that was deleted may have left its mode behind: then it is opened.
func (s *Subjects) setLevel(ctx context.Context, name, level string, opens bool) error {
	set := func() error {
		return s.client.call(ctx, "PUT", subjectPath("/config/%s", name), map[string]string{"compatibility": level}, nil)
	}
	err := set()
	if !opens || !notPermitted(err) {
		return err
	}
	if err := s.setMode(ctx, name, modeOpen); err != nil {
		return err
	}
	return set()
}

// register makes the change's schema the newest of its subject. A registry that has it as an older version gives that
// one's id and leaves the newest in place: versions that others registered after it are then deleted softly, which
// keeps them readable by id.
func (s *Subjects) register(ctx context.Context, c plans.Change) error {
	name := c.Addr.Name
	if err := s.client.call(ctx, "POST", subjectPath("/subjects/%s/versions", name), registration(c), nil); err != nil {
		return err
	}
	if anew(c) {
		return nil
	}
	var ours, newest version
	if err := s.client.call(ctx, "POST", subjectPath("/subjects/%s", name), registration(c), &ours); err != nil {
		return err
	}
	if err := s.client.call(ctx, "GET", subjectPath("/subjects/%s/versions/latest", name), nil, &newest); err != nil {
		return err
	}
	for v := ours.Version + 1; v <= newest.Version; v++ {
		if err := s.client.call(ctx, "DELETE", fmt.Sprintf("%s/versions/%d", subjectPath("/subjects/%s", name), v), nil, nil); err != nil && !notFound(err) {
			return err
		}
	}
	return nil
}

func (s *Subjects) setMode(ctx context.Context, subject, mode string) error {
	return s.client.call(ctx, "PUT", subjectPath("/mode/%s", subject), map[string]string{"mode": mode}, nil)
}

func registration(c plans.Change) map[string]string {
	body := map[string]string{"schema": c.Desired.Attributes[resources.SchemaText].Text}
	if kind := c.Desired.Attributes[resources.SchemaType].Text; kind != "AVRO" {
		body["schemaType"] = kind
	}
	return body
}

// delete deletes softly: what was registered stays readable by id, as records on topics name it.
func (s *Subjects) delete(ctx context.Context, subject string) error {
	if has, err := s.HasModes(ctx); err != nil {
		return err
	} else if has {
		if err := s.setMode(ctx, subject, modeOpen); err != nil {
			return err
		}
	}
	err := s.client.call(ctx, "DELETE", subjectPath("/subjects/%s", subject), nil, nil)
	if notFound(err) {
		return nil
	}
	return err
}

// Judge asks the registry whether it would take the change's schema.
func (s *Subjects) Judge(ctx context.Context, c plans.Change) ([]string, error) {
	var verdict struct {
		Compatible bool     `json:"is_compatible"`
		Messages   []string `json:"messages"`
	}
	path := subjectPath("/compatibility/subjects/%s/versions?verbose=true", c.Addr.Name)
	err := s.client.call(ctx, "POST", path, registration(c), &verdict)
	if notFound(err) {
		path = subjectPath("/compatibility/subjects/%s/versions/latest?verbose=true", c.Addr.Name)
		err = s.client.call(ctx, "POST", path, registration(c), &verdict)
	}
	if err != nil || verdict.Compatible {
		return nil, err
	}
	if len(verdict.Messages) == 0 {
		return []string{"the registry gives no reason"}, nil
	}
	return verdict.Messages, nil
}
