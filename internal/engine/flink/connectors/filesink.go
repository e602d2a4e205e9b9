package connectors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// fileSink writes a file for each checkpoint in which there were rows. Its name begins with a point until the
// checkpoint is complete: .part-J-P.inprogress while it is written, .part-J-P-N.staged once checkpoint N has it, and
// part-J-P-N then, where J is the job and P the part.
type fileSink struct {
	dir     string
	prefix  string // part-J-P
	encoder formats.Encoder
	columns []int
	file    *os.File
	out     *bufio.Writer
	line    []byte
}

var _ stream.Staged = (*fileSink)(nil)

func newFileSink(s *Set, n *plan.Sink, part int) (*fileSink, error) {
	f, err := parseFiles(n.Table)
	if err != nil {
		return nil, err
	}
	job := strings.Map(func(r rune) rune {
		if r == '/' || r == '.' || r == os.PathSeparator {
			return '_'
		}
		return r
	}, s.config.Job)
	sink := &fileSink{dir: f.path, prefix: fmt.Sprintf("part-%s-%d", job, part)}
	for i := range n.Columns {
		sink.columns = append(sink.columns, i)
	}
	sink.encoder, err = formats.NewEncoder(f.spec(n.Columns))
	return sink, err
}

// Write adds lines to the file in progress.
func (s *fileSink) Write(b *rows.Batch) (err error) {
	if s.file == nil {
		if err := os.MkdirAll(s.dir, 0o750); err != nil {
			return err
		}
		if s.file, err = os.Create(filepath.Join(s.dir, "."+s.prefix+".inprogress")); err != nil {
			return err
		}
		s.out = bufio.NewWriterSize(s.file, 1<<16)
	}
	picked := pick(b, s.columns)
	for i := range b.Len {
		if s.line, err = s.encoder.Append(s.line[:0], picked, i); err != nil {
			return err
		}
		if _, err := s.out.Write(append(s.line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// Flush has nothing to do: Stage brings the file to the disk.
func (s *fileSink) Flush(context.Context, int64) error { return nil }

// Stage closes the file in progress and gives it the checkpoint's number.
func (s *fileSink) Stage(_ context.Context, checkpoint int64) error {
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	err := errors.Join(s.out.Flush(), s.file.Sync(), s.file.Close())
	s.file = nil
	if err != nil {
		return err
	}
	return os.Rename(name, filepath.Join(s.dir, fmt.Sprintf(".%s-%d.staged", s.prefix, checkpoint)))
}

// Publish shows what was staged up to a checkpoint.
func (s *fileSink) Publish(checkpoint int64) error {
	return s.staged(func(path string, n int64) error {
		if n > checkpoint {
			return nil
		}
		return os.Rename(path, filepath.Join(s.dir, fmt.Sprintf("%s-%d", s.prefix, n)))
	})
}

// Recover shows what belongs to the restored checkpoint and throws the rest away: it will be written again.
func (s *fileSink) Recover(checkpoint int64) error {
	_ = os.Remove(filepath.Join(s.dir, "."+s.prefix+".inprogress"))
	if err := s.Publish(checkpoint); err != nil {
		return err
	}
	return s.staged(func(path string, _ int64) error { return os.Remove(path) })
}

// staged visits the files that wait for their checkpoint.
func (s *fileSink) staged(visit func(path string, checkpoint int64) error) error {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), "."+s.prefix+"-")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(text, ".staged"), 10, 64)
		if err != nil {
			continue
		}
		if err := visit(filepath.Join(s.dir, e.Name()), n); err != nil {
			return err
		}
	}
	return nil
}

// Close leaves what no checkpoint has to Recover.
func (s *fileSink) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
