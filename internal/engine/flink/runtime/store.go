package runtime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// inlineBound is up to what size a state lies in the metadata rather than in a file of its own (as Flink's
// execution.checkpointing.data-inline-threshold).
const inlineBound = 20 << 10

const metadataName = "_metadata"

// savedState is the state of one part of one operator or source in a checkpoint.
type savedState struct {
	Key    string `json:"key"`
	Part   int    `json:"part"`
	Inline []byte `json:"inline,omitempty"`
	File   string `json:"file,omitempty"`
	Size   int64  `json:"size"`
	Sum    string `json:"sum"` // xxhash64
}

// metadata is what lies beside the files of a checkpoint, and makes them one.
type metadata struct {
	Job         string         `json:"job"`
	ID          int64          `json:"id"`
	Time        time.Time      `json:"time"`
	Savepoint   bool           `json:"savepoint,omitempty"`
	Parallelism int            `json:"parallelism"`
	Parts       map[string]int `json:"parts"` // by key of a state: how many parts it has
	States      []savedState   `json:"states"`
}

func (m *metadata) size() (n int64) {
	for _, s := range m.States {
		n += s.Size
	}
	return n
}

// store keeps the checkpoints of a job in a directory: chk-N for each, complete once it has that name. It is a directory
// of states with their metadata, or, where all states are small, a file that is the metadata: jobs with next to no state
// take a checkpoint every few milliseconds, and each file costs a wait for the disk.
type store struct{ dir string }

func (s store) path(id int64) string { return filepath.Join(s.dir, fmt.Sprintf("chk-%d", id)) }

// pending is a checkpoint while it is being written.
type pending struct {
	id  int64
	dir string
}

func (s store) begin(id int64) *pending {
	return &pending{id: id, dir: filepath.Join(s.dir, fmt.Sprintf("in-progress-%d", id))}
}

// writer takes one state. Several writers may be used at the same time.
func (p *pending) writer(key string, part int) *stateWriter {
	return &stateWriter{dir: p.dir, state: savedState{Key: key, Part: part}, sum: xxhash.New()}
}

func inlined(key string, part int, state []byte) savedState {
	return savedState{Key: key, Part: part, Inline: state, Size: int64(len(state)), Sum: sumOf(state)}
}

func sumOf(data []byte) string { return strconv.FormatUint(xxhash.Sum64(data), 16) }

// stateWriter keeps a small state in memory and writes a larger one to a file.
type stateWriter struct {
	dir    string
	state  savedState
	buffer bytes.Buffer
	file   *os.File
	sum    hash.Hash
}

func (w *stateWriter) Write(p []byte) (int, error) {
	w.state.Size += int64(len(p))
	_, _ = w.sum.Write(p)
	w.buffer.Write(p)
	if w.buffer.Len() > inlineBound && (w.file == nil || w.buffer.Len() > 1<<18) {
		if err := w.spill(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (w *stateWriter) spill() error {
	if w.file == nil {
		if err := os.MkdirAll(w.dir, 0o700); err != nil {
			return err
		}
		w.state.File = fmt.Sprintf("%s-%d", w.state.Key, w.state.Part)
		file, err := os.OpenFile(filepath.Join(w.dir, w.state.File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		w.file = file
	}
	_, err := w.file.Write(w.buffer.Bytes())
	w.buffer.Reset()
	return err
}

func (w *stateWriter) finish() (savedState, error) {
	w.state.Sum = hex(w.sum)
	if w.file == nil {
		w.state.Inline = bytes.Clone(w.buffer.Bytes())
		return w.state, nil
	}
	return w.state, errors.Join(w.spill(), w.file.Sync(), w.file.Close())
}

func hex(h hash.Hash) string {
	sum := uint64(0)
	for _, b := range h.Sum(nil) {
		sum = sum<<8 | uint64(b)
	}
	return strconv.FormatUint(sum, 16)
}

func (w *stateWriter) abandon() {
	if w.file != nil {
		_ = w.file.Close()
	}
}

// complete writes the metadata and gives the checkpoint its name: from then on it is there, whatever happens.
func (s store) complete(p *pending, m *metadata) error {
	if err := s.write(p, m); err != nil {
		return err
	}
	if err := os.Rename(p.dir, s.path(p.id)); err != nil {
		return err
	}
	return syncDir(s.dir)
}

func (s store) write(p *pending, m *metadata) error {
	if slices.ContainsFunc(m.States, func(s savedState) bool { return s.File != "" }) {
		return errors.Join(writeMetadata(filepath.Join(p.dir, metadataName), m), syncDir(p.dir))
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return writeMetadata(p.dir, m)
}

// writeMetadata writes a line with the checksum of all that follows it.
func writeMetadata(path string, m *metadata) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append([]byte(sumOf(text)+"\n"), text...))
	return errors.Join(err, file.Sync(), file.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// abandon removes what a checkpoint that failed has written.
func (p *pending) abandon() { _ = os.RemoveAll(p.dir) }

// list gives the numbers of the complete checkpoints, the newest first.
func (s store) list() ([]int64, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, e := range entries {
		if text, ok := strings.CutPrefix(e.Name(), "chk-"); ok {
			if id, err := strconv.ParseInt(text, 10, 64); err == nil {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// tidy removes what was never completed and what is no longer needed: checkpoints older than the newest kept ones.
func (s store) tidy(keep int) {
	ids, _ := s.list()
	for i, id := range ids {
		if i >= keep {
			_ = os.RemoveAll(s.path(id))
		}
	}
}

const committedName = "committed"

// noteCommitted keeps the number of the last committed checkpoint beside the checkpoints. It is asked only where the
// brokers no longer know it, so no one waits for the disk.
func (s store) noteCommitted(id int64) {
	_ = os.WriteFile(filepath.Join(s.dir, committedName), strconv.AppendInt(nil, id, 10), 0o600)
}

// committed is what noteCommitted noted last; 0 if nothing.
func (s store) committed() int64 {
	text, err := os.ReadFile(filepath.Join(s.dir, committedName))
	if err != nil {
		return 0
	}
	id, _ := strconv.ParseInt(string(text), 10, 64)
	return id
}

// sweep removes what runs before this one left unfinished.
func (s store) sweep() {
	left, _ := filepath.Glob(filepath.Join(s.dir, "in-progress-*"))
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
}

// read gives a checkpoint's metadata, after everything that it names was found whole.
func read(dir string) (*metadata, error) {
	path := dir
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		path = filepath.Join(dir, metadataName)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum, text, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(sum) != sumOf(text) {
		return nil, fmt.Errorf("%s is damaged: its checksum does not fit", path)
	}
	m := &metadata{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	for _, state := range m.States {
		if err := state.check(dir); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (s *savedState) check(dir string) error {
	if s.File == "" {
		return nil // the metadata's checksum covers it
	}
	path := filepath.Join(dir, filepath.Base(s.File))
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := xxhash.New()
	n, err := io.Copy(sum, file)
	switch {
	case err != nil:
		return err
	case n != s.Size || hex(sum) != s.Sum:
		return fmt.Errorf("%s is damaged: its checksum does not fit", path)
	}
	return nil
}

// open gives the state's bytes.
func (s *savedState) open(dir string) (io.ReadCloser, error) {
	if s.File == "" {
		return io.NopCloser(bytes.NewReader(s.Inline)), nil
	}
	file, err := os.Open(filepath.Join(dir, filepath.Base(s.File)))
	return buffered{Reader: bufio.NewReaderSize(file, 1<<18), Closer: file}, err
}

type buffered struct {
	io.Reader
	io.Closer
}

// copyTo puts a checkpoint into another directory too, as a savepoint: by links where the file system has them.
func copyTo(from, to string, m *metadata) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, s := range m.States {
		if s.File == "" {
			continue
		}
		if err := linkOrCopy(filepath.Join(from, s.File), filepath.Join(to, s.File)); err != nil {
			return err
		}
	}
	saved := *m
	saved.Savepoint = true
	return errors.Join(writeMetadata(filepath.Join(to, metadataName), &saved), syncDir(to), syncDir(filepath.Dir(to)))
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
