package worker

import (
	"context"
	"log/slog"

	"github.com/weftmesh/weft/internal/engine/connect/secrets"
)

// hiding is a log without the values of config providers.
type hiding struct {
	slog.Handler
	resolved secrets.Resolved
}

func (h hiding) Handle(ctx context.Context, r slog.Record) error {
	hidden := slog.NewRecord(r.Time, r.Level, h.resolved.Hide(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		hidden.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, hidden)
}

func (h hiding) WithAttrs(attrs []slog.Attr) slog.Handler {
	hidden := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		hidden[i] = h.attr(a)
	}
	return hiding{h.Handler.WithAttrs(hidden), h.resolved}
}

func (h hiding) WithGroup(name string) slog.Handler {
	return hiding{h.Handler.WithGroup(name), h.resolved}
}

func (h hiding) attr(a slog.Attr) slog.Attr {
	if text := a.Value.String(); h.resolved.Hide(text) != text {
		return slog.String(a.Key, h.resolved.Hide(text))
	}
	return a
}
