package kafka

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Whatever a segment holds after a crash, reading it back ends at what is torn.
func FuzzSegment(f *testing.F) {
	head := make([]byte, batchHeadSize)
	head[11] = batchHeadSize - 12
	f.Add(head)
	f.Add(append(append([]byte{}, head...), head...))
	f.Add([]byte{})
	f.Add(make([]byte, 200))
	name := filepath.Join(f.TempDir(), "0.dat")
	f.Fuzz(func(t *testing.T, segment []byte) {
		if err := os.WriteFile(name, segment, 0o600); err != nil {
			t.Fatal(err)
		}
		windows := map[int64]*window{}
		if err := readSegment(name, windows); err != nil {
			t.Fatal(err)
		}
		for id, w := range windows {
			if id < 0 || w.Count < 1 || w.Count > windowSize || w.At >= windowSize {
				t.Errorf("producer %d has a window %+v", id, w)
			}
		}
	})
}

// However the bytes of requests arrive, in whatever pieces, the same requests are held back.
func FuzzRequests(f *testing.F) {
	f.Add([]byte{0, 0, 0, 10, 0, 0, 0, 9, 0, 0, 0, 1, 'a', 'b', 0, 0, 0, 8, 0, 3, 0, 1, 0, 0, 0, 2}, 3)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0}, 1)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = max(1, piece%64)
		whole, parts := &conn{commits: &groupCommit{}}, &conn{commits: &groupCommit{}}
		wholeErr := whole.note(stream)
		var partsErr error
		for at := 0; at < len(stream) && partsErr == nil; at += piece {
			partsErr = parts.note(stream[at:min(len(stream), at+piece)])
		}
		if (wholeErr == nil) != (partsErr == nil) || !slices.Equal(whole.underway, parts.underway) {
			t.Errorf("whole: %v %v, in pieces of %d: %v %v", whole.underway, wholeErr, piece, parts.underway, partsErr)
		}
	})
}
