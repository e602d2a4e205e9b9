package engines

import (
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

//go:embed FlinkOracle.java
var oracleSource string

//go:embed CanonicalText.java
var canonicalSource string

// OracleQuery is what an oracle is asked.
type OracleQuery struct {
	ID         int64             `json:"id"` // given by Ask
	Settings   map[string]string `json:"settings"`
	Statements []string          `json:"statements"` // run before the query: tables and views
	Query      string            `json:"query"`
}

// OracleAnswer is what Flink says to it.
type OracleAnswer struct {
	ID      int64          `json:"id"`
	Columns []OracleColumn `json:"columns"`
	Rows    [][]string     `json:"rows"`    // the kind (+I, -U, +U, -D), then the values in canonical text
	Stage   string         `json:"stage"`   // "statements" or "planning" if Flink refused those or the query, "runtime" if the job failed
	Message string         `json:"message"` // Flink's reason for either
}

// OracleColumn is a column of an answer, with its type as Flink writes it.
type OracleColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Oracle is a JVM that answers queries with Flink itself; many goroutines may ask it at once.
type Oracle struct {
	mu      sync.Mutex
	in      io.Writer
	last    int64
	waiting map[int64]chan OracleAnswer
	ended   chan struct{} // closed once the JVM says no more
}

// FlinkOracle starts an oracle for a test, with slots for as many queries side by side as side says.
func FlinkOracle(t testing.TB, side int) *Oracle {
	t.Helper()
	dir := t.TempDir()
	cmd := oracleCommand(t, dir, side)
	log, err := os.Create(filepath.Join(dir, "output.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &Oracle{in: in, waiting: map[int64]chan OracleAnswer{}, ended: make(chan struct{})}
	go o.listen(out)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-o.ended
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			t.Logf("the end of what the oracle logged:\n%s", tail(log.Name(), 20))
		}
	})
	return o
}

// oracleCommand is the JVM, in a zone, a language and an encoding that do not depend on the machine.
func oracleCommand(t testing.TB, dir string, side int) *exec.Cmd {
	t.Helper()
	logs := filepath.Join(dir, "log4j2.properties")
	write(t, logs, strings.ReplaceAll(logging, "info", "error"))
	args := slices.Concat(small, opens, []string{
		"-Xmx768m", "-Dfile.encoding=UTF-8", "-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US",
		"-Djava.io.tmpdir=" + dir, "-Dlog4j2.configurationFile=" + logs,
		"-cp", oracleClasses(t) + ":" + filepath.Join(FlinkJars(t), "*"), "FlinkOracle", strconv.Itoa(side),
	})
	cmd := exec.CommandContext(t.Context(), "java", args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// oracleClasses compiles the oracle, once for each state of its source.
func oracleClasses(t testing.TB) string {
	t.Helper()
	Need(t, "JDK 17 and Maven", "javac")
	jars := FlinkJars(t)
	hash := sha256.Sum256([]byte(FlinkVersion + oracleSource + canonicalSource))
	return Once(t, fmt.Sprintf("flink-oracle-%x", hash[:6]), func(dir string) error {
		for name, source := range map[string]string{"FlinkOracle.java": oracleSource, "CanonicalText.java": canonicalSource} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600); err != nil {
				return err
			}
		}
		return Command(dir, "javac", "-nowarn", "-cp", filepath.Join(jars, "*"), "FlinkOracle.java", "CanonicalText.java")
	})
}

// listen hands each answer to the goroutine that waits for it.
func (o *Oracle) listen(out io.Reader) {
	defer close(o.ended)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var answer OracleAnswer
		if err := json.Unmarshal(line, &answer); err != nil {
			answer = OracleAnswer{Stage: "oracle", Message: err.Error()}
		}
		o.mu.Lock()
		waiting, known := o.waiting[answer.ID]
		delete(o.waiting, answer.ID)
		o.mu.Unlock()
		if known {
			waiting <- answer
		}
	}
}

// Ask gives Flink's answer to a query. It fails if the oracle has ended or the context is done,
// not if Flink refuses.
func (o *Oracle) Ask(ctx context.Context, query OracleQuery) (OracleAnswer, error) {
	answer := make(chan OracleAnswer, 1)
	id, err := o.send(query, answer)
	if err != nil {
		return OracleAnswer{}, fmt.Errorf("ask Flink: %w", err)
	}
	defer o.forget(id)
	select {
	case a := <-answer:
		return a, nil
	case <-o.ended:
		return OracleAnswer{}, errors.New("ask Flink: the oracle has ended")
	case <-ctx.Done():
		return OracleAnswer{}, fmt.Errorf("ask Flink: %w", ctx.Err())
	}
}

// forget drops an answer that is no longer awaited.
func (o *Oracle) forget(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.waiting, id)
}

func (o *Oracle) send(query OracleQuery, answer chan OracleAnswer) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	query.ID = o.last
	if query.Settings == nil {
		query.Settings = map[string]string{}
	}
	if query.Statements == nil {
		query.Statements = []string{}
	}
	o.waiting[query.ID] = answer
	line, err := json.Marshal(query)
	if err != nil {
		return 0, err
	}
	_, err = o.in.Write(append(line, '\n'))
	return query.ID, err
}
