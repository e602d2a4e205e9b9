package kafka

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kfake keeps what producers wrote last, by which it knows a batch that is sent twice, only when it is closed. After a
// crash that is gone or old: a batch that was written and not yet acknowledged would be written again when its producer
// retries. So it is read back from the log, as Kafka does (ProducerStateManager), before kfake opens the directory.

// producerExpiry is how long after its last batch a producer is forgotten (Kafka: producer.id.expiration.ms).
const producerExpiry = 24 * time.Hour

// closedMark is there while the bus was closed in order, and what kfake saved is what producers wrote last.
const closedMark = "closed"

// windowSize is how many of a producer's last batches are remembered (KIP-98: five in flight).
const windowSize = 5

// window is what one producer wrote last to one partition, in kfake's form on disk (version 1).
type window struct {
	Producer  int64              `json:"pid"`
	Topic     string             `json:"topic"`
	Partition int32              `json:"partition"`
	Entries   [windowSize]placed `json:"entries"`
	Count     uint8              `json:"count"`
	At        uint8              `json:"at"`
	Epoch     int16              `json:"epoch"`
	Seen      bool               `json:"seen"`
	Next      int32              `json:"next_seq"`

	open bool // a transaction of it has neither been committed nor aborted
}

// placed is one batch: its sequence numbers and where it lies.
type placed struct {
	First  int32 `json:"first_seq"`
	Next   int32 `json:"next_seq"`
	Offset int64 `json:"offset"`
}

// batchHead is what is needed of a record batch (Kafka message format v2).
type batchHead struct {
	offset   int64
	size     int64
	control  bool
	inTx     bool
	records  int32
	producer int64
	epoch    int16
	sequence int32
}

const batchHeadSize = 61

// recoverProducers writes what producers wrote last, read back from the log, where the bus was not closed in order. It
// gives the transactions that were open then.
func recoverProducers(dir string, now time.Time) ([]orphan, error) {
	mark := filepath.Join(dir, closedMark)
	if _, err := os.Stat(mark); err == nil {
		return nil, os.Remove(mark)
	}
	log := filepath.Join(dir, "log")
	partitions, err := os.ReadDir(filepath.Join(log, "partitions"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := []window{}
	var open []orphan
	for _, entry := range partitions {
		topic, partition, ok := partitionDir(entry.Name())
		if !ok {
			continue
		}
		windows, err := partitionWindows(filepath.Join(log, "partitions", entry.Name()), now)
		if err != nil {
			return nil, fmt.Errorf("read back what producers wrote to %s: %w", entry.Name(), err)
		}
		for _, w := range windows {
			w.Topic, w.Partition = topic, partition
			all = append(all, *w)
			if w.open {
				open = append(open, orphan{topic, partition, w.Producer, w.Epoch})
			}
		}
	}
	return open, writeWindows(filepath.Join(log, "seq_windows.json"), all)
}

func writeWindows(name string, windows []window) error {
	text, err := json.Marshal(struct {
		Version int      `json:"version"`
		Windows []window `json:"windows"`
	}{1, windows})
	if err != nil {
		return err
	}
	temporary := name + ".recovered"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// partitionDir takes the name of a partition's folder apart: topic-0, the topic escaped as in a URL.
func partitionDir(name string) (topic string, partition int32, ok bool) {
	cut := strings.LastIndexByte(name, '-')
	if cut < 0 {
		return "", 0, false
	}
	topic, err := url.PathUnescape(name[:cut])
	n, failed := strconv.ParseInt(name[cut+1:], 10, 32)
	return topic, int32(n), err == nil && failed == nil
}

// partitionWindows reads the segments of a partition that a producer who is not forgotten can have written to.
func partitionWindows(dir string, now time.Time) (map[int64]*window, error) {
	segments, err := segments(dir, now)
	if err != nil {
		return nil, err
	}
	windows := map[int64]*window{}
	for _, segment := range segments {
		if err := readSegment(filepath.Join(dir, segment), windows); err != nil {
			return nil, err
		}
	}
	return windows, nil
}

// segments lists a partition's segments in the order of their offsets.
func segments(dir string, now time.Time) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".dat") {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) < producerExpiry {
			names = append(names, entry.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return int(baseOffset(a) - baseOffset(b)) })
	return names, nil
}

func baseOffset(segment string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(segment, ".dat"), 10, 64)
	return n
}

// readSegment goes from batch to batch by their heads. A torn batch at the end is none: kfake cuts it off.
func readSegment(name string, windows map[int64]*window) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, batchHeadSize)
	for at := int64(0); at+batchHeadSize <= info.Size(); {
		if _, err := f.ReadAt(head, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		b := parseHead(head)
		if b.size < batchHeadSize || at+b.size > info.Size() {
			return nil
		}
		if b.producer >= 0 && !b.control && b.sequence >= 0 {
			if windows[b.producer] == nil {
				windows[b.producer] = &window{Producer: b.producer}
			}
			windows[b.producer].push(b)
			windows[b.producer].open = b.inTx
		}
		if w := windows[b.producer]; b.control && w != nil {
			w.open = false
		}
		at += b.size
	}
	return nil
}

func parseHead(head []byte) batchHead {
	const transactional, control = 1 << 4, 1 << 5
	return batchHead{
		offset:   int64(binary.BigEndian.Uint64(head)),
		size:     12 + int64(int32(binary.BigEndian.Uint32(head[8:]))),
		control:  binary.BigEndian.Uint16(head[21:])&control != 0,
		inTx:     binary.BigEndian.Uint16(head[21:])&transactional != 0,
		producer: int64(binary.BigEndian.Uint64(head[43:])),
		epoch:    int16(binary.BigEndian.Uint16(head[51:])),
		sequence: int32(binary.BigEndian.Uint32(head[53:])),
		records:  int32(binary.BigEndian.Uint32(head[57:])),
	}
}

// push remembers a batch as the producer's last; another epoch starts anew.
func (w *window) push(b batchHead) {
	if !w.Seen || w.Epoch != b.epoch {
		*w = window{Producer: w.Producer, Epoch: b.epoch, Seen: true}
	}
	w.Next = int32((int64(b.sequence) + int64(b.records)) % math.MaxInt32)
	w.Entries[w.At] = placed{First: b.sequence, Next: w.Next, Offset: b.offset}
	w.At = (w.At + 1) % windowSize
	w.Count = min(w.Count+1, windowSize)
}
