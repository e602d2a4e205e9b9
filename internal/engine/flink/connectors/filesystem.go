package connectors

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// filesystemConnector reads and writes files of lines, in json or csv (Flink, FileSystem SQL Connector).
func filesystemConnector() connector {
	return connector{
		name: "filesystem", options: []string{"path", "format", "sink.rolling-policy.*", "auto-compaction"}, formats: []string{"format"},
		describe: func(t *plan.Table) (Description, error) {
			f, err := parseFiles(t)
			if err != nil {
				return Description{}, err
			}
			d, err := formats.Describe(f.format)
			return Description{Mode: d.Mode, Accepts: d.Accepts, Bounded: true, Source: true, Sink: true}, err
		},
		parts:  func(context.Context, *Set, *plan.Scan) (int, error) { return 1, nil },
		source: func(_ *Set, scan *plan.Scan, _, _ int) (stream.Source, error) { return newFileSource(scan) },
		sink:   func(s *Set, n *plan.Sink, part, _ int) (stream.Sink, error) { return newFileSink(s, n, part) },
	}
}

type fileTable struct {
	table        *plan.Table
	path, format string
}

func parseFiles(t *plan.Table) (*fileTable, error) {
	f := &fileTable{table: t, path: t.Options["path"], format: t.Options["format"]}
	f.path = strings.TrimPrefix(strings.TrimPrefix(f.path, "file://"), "file:")
	switch {
	case f.path == "":
		return nil, errors.New("the option 'path' is missing")
	case f.format == "":
		return nil, errors.New("the option 'format' is missing")
	case f.format != "json" && f.format != "csv" && f.format != "debezium-json" && f.format != "raw":
		return nil, fmt.Errorf("files of the format %s are not supported; there are json and csv", f.format)
	}
	return f, nil
}

func (f *fileTable) fields(columns []int) []rows.Field {
	fields := make([]rows.Field, len(columns))
	for i, c := range columns {
		fields[i] = rows.Field{Name: f.table.Columns[c].Name, Type: f.table.Columns[c].Type.Plain()}
	}
	return fields
}

func (f *fileTable) spec(columns []int) formats.Spec {
	s := formats.Spec{Name: f.format, Fields: f.fields(columns), Options: map[string]string{}}
	var physical []int
	for i, c := range f.table.Columns {
		if c.Computed == nil && c.Metadata == "" {
			physical = append(physical, i)
		}
	}
	s.Table = f.fields(physical)
	for key, v := range f.table.Options {
		if name, ok := strings.CutPrefix(key, f.format+"."); ok {
			s.Options[name] = v
		}
	}
	return s
}

// fileSource reads all files below a path in the order of their names, and then is done.
type fileSource struct {
	table   *fileTable
	decoder formats.Decoder
	to      *formats.Rows
	files   []string
	at      fileState
	file    *os.File
	lines   *bufio.Reader
}

type fileState struct {
	File   string `json:"file"` // the one that is being read; those before it in the order are done
	Offset int64  `json:"offset"`
	Done   bool   `json:"done"`
}

func newFileSource(scan *plan.Scan) (*fileSource, error) {
	f, err := parseFiles(scan.Table)
	if err != nil {
		return nil, err
	}
	for _, c := range scan.Read {
		if m := scan.Table.Columns[c].Metadata; m != "" {
			return nil, fmt.Errorf("the metadata '%s' of files cannot be read yet", m)
		}
	}
	spec := f.spec(scan.Read)
	s := &fileSource{table: f, to: formats.NewRows(spec.Fields)}
	s.decoder, err = formats.NewDecoder(spec)
	return s, err
}

func (s *fileSource) Open(_ context.Context, state []byte) error {
	if state != nil {
		if err := json.Unmarshal(state, &s.at); err != nil {
			return err
		}
	}
	err := filepath.WalkDir(s.table.path, func(path string, d fs.DirEntry, err error) error {
		hidden := path != s.table.path && strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(filepath.Base(path), "_")
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case !d.IsDir() && !hidden && path >= s.at.File:
			s.files = append(s.files, path)
		}
		return nil
	})
	slices.Sort(s.files)
	return err
}

func (s *fileSource) Next(context.Context) (int, *rows.Batch, error) {
	for {
		if s.lines == nil {
			if more, err := s.open(); err != nil || !more {
				return 0, nil, errors.Join(err, ifNot(more, io.EOF))
			}
		}
		err := s.read()
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, nil, fmt.Errorf("%s at byte %d: %w", s.at.File, s.at.Offset, err)
		}
		if err != nil {
			s.shut()
		}
		if b := s.to.Batch(); b != nil {
			return 0, b, nil
		}
	}
}

func ifNot(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

// open goes to the next file.
func (s *fileSource) open() (more bool, err error) {
	if len(s.files) == 0 || s.at.Done {
		s.at.Done = true
		return false, nil
	}
	if s.at.File != s.files[0] {
		s.at = fileState{File: s.files[0]}
	}
	if s.file, err = os.Open(s.at.File); err != nil {
		return false, err
	}
	if _, err := s.file.Seek(s.at.Offset, io.SeekStart); err != nil {
		return false, err
	}
	s.lines = bufio.NewReaderSize(s.file, 1<<18)
	return true, nil
}

func (s *fileSource) shut() {
	if s.file != nil {
		_ = s.file.Close()
	}
	s.file, s.lines = nil, nil
	if len(s.files) > 0 {
		s.files = s.files[1:]
	}
}

// read decodes lines until a batch is full; io.EOF at the end of the file.
func (s *fileSource) read() error {
	for s.to.N < rows.BatchSize {
		line, err := s.lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		trimmed := strings.TrimRight(string(line), "\r\n")
		if trimmed != "" {
			var skipped formats.Skipped
			if derr := s.decoder.Decode([]byte(trimmed), s.to); derr != nil && !errors.As(derr, &skipped) {
				return derr
			}
		}
		s.at.Offset += int64(len(line))
		if err != nil {
			return io.EOF
		}
	}
	return nil
}

func (s *fileSource) Splits() int           { return 1 }
func (s *fileSource) Save() ([]byte, error) { return json.Marshal(s.at) }

func (s *fileSource) Close() error {
	if s.file != nil {
		return s.file.Close()
	}
	return nil
}
