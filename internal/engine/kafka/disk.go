package kafka

import (
	"errors"
	"io/fs"

	"github.com/twmb/franz-go/pkg/kfake"
)

// diskLog listens to what kfake has to say for files that could not be written: it tells the log alone, and answers
// some requests all the same. The bus then goes down before that answer leaves. (Invariant 1.)
type diskLog struct{ bus *Bus }

var _ kfake.Logger = diskLog{}

// Logf takes the bus down at the first failure of a file, and drops everything else.
func (d diskLog) Logf(level kfake.LogLevel, _ string, values ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	for _, value := range values {
		var failed *fs.PathError
		if err, ok := value.(error); ok && errors.As(err, &failed) && !errors.Is(err, fs.ErrNotExist) {
			d.bus.fail(err)
		}
	}
}
