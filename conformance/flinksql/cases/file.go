package cases

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Suffix is that of files of cases.
const Suffix = ".cases"

// File is a file of cases, with its comments, so that it can be written again with other answers.
type File struct {
	Name   string
	blocks []*block
}

// block is a paragraph of a file.
type block struct {
	line   int
	word   string   // what it is: set, table, view, case or exprs; "" for comments and blank lines
	name   string   // what follows the word
	head   []string // its lines as they stand, without the answer
	answer Answer
	exprs  []expr // of an exprs block
}

// expr is a line of an exprs block.
type expr struct {
	text   string
	answer Answer
}

const (
	ruler = "----" // between a query and its answer
	arrow = "-->"  // between an expression and its answer
)

// Load reads every file of cases below fsys's root, in the order of their names.
func Load(fsys fs.FS) ([]Case, error) {
	var all []Case
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != Suffix {
			return err
		}
		file, err := Open(fsys, name)
		if err != nil {
			return err
		}
		cases, err := file.Cases()
		all = append(all, cases...)
		return err
	})
	return all, err
}

// Open reads a file of cases.
func Open(fsys fs.FS, name string) (*File, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return Parse(name, string(text))
}

// Parse reads a file of cases from its text.
func Parse(name, text string) (*File, error) {
	file := &File{Name: name}
	var paragraph []string
	start := 1
	for i, line := range append(strings.Split(strings.TrimRight(text, "\n"), "\n"), "") {
		if line != "" {
			paragraph = append(paragraph, line)
			continue
		}
		if err := file.add(start, paragraph); err != nil {
			return nil, err
		}
		paragraph, start = nil, i+2
	}
	return file, nil
}

// add reads a paragraph that begins at a line of the file.
func (f *File) add(line int, paragraph []string) error {
	if len(paragraph) == 0 {
		return nil
	}
	b := &block{line: line}
	for len(paragraph) > 0 && strings.HasPrefix(paragraph[0], "#") {
		b.head, paragraph = append(b.head, paragraph[0]), paragraph[1:]
	}
	f.blocks = append(f.blocks, b)
	if len(paragraph) == 0 {
		return nil
	}
	b.line += len(b.head)
	b.word, b.name, _ = strings.Cut(paragraph[0], " ")
	switch b.word {
	case "set", "table", "view":
		b.head = append(b.head, paragraph...)
	case "case":
		return f.addCase(b, paragraph)
	case "exprs":
		return f.addExprs(b, paragraph)
	default:
		return fmt.Errorf("%s:%d: a block begins with set, table, view, case or exprs, not with %q", f.Name, b.line, b.word)
	}
	return nil
}

func (f *File) addCase(b *block, paragraph []string) error {
	var answer []string
	for i, line := range paragraph {
		if line == ruler {
			paragraph, answer = paragraph[:i], paragraph[i+1:]
			break
		}
	}
	b.head = append(b.head, paragraph...)
	var err error
	if b.answer, err = parseAnswer(answer); err != nil {
		return fmt.Errorf("%s:%d: %w", f.Name, b.line, err)
	}
	return nil
}

func (f *File) addExprs(b *block, paragraph []string) error {
	for i, line := range paragraph {
		if i == 0 || isOption(line) {
			b.head = append(b.head, line)
			continue
		}
		text, answer, _ := strings.Cut(line, arrow)
		e := expr{text: strings.TrimSpace(text)}
		var err error
		if e.answer, err = parseExprAnswer(strings.TrimSpace(answer)); err != nil {
			return fmt.Errorf("%s:%d: %w", f.Name, b.line+i, err)
		}
		b.exprs = append(b.exprs, e)
	}
	return nil
}

// isOption says whether a line sets something for a case.
func isOption(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return word == "set" || word == "from" || line == "compare final"
}

// parseExprAnswer reads "TYPE = value | value" or a failure.
func parseExprAnswer(text string) (Answer, error) {
	if text == "" {
		return Answer{}, nil
	}
	if strings.HasPrefix(text, string(Refused)+":") || strings.HasPrefix(text, string(Failed)+":") {
		return parseAnswer([]string{text})
	}
	typ, values, found := strings.Cut(text, " = ")
	if !found {
		return Answer{}, fmt.Errorf("%q is not TYPE = VALUE", text)
	}
	a := Answer{Columns: []Column{{Name: "c1", Type: typ}}, Rows: []Row{}}
	for _, value := range split(values, " | ") {
		a.Rows = append(a.Rows, Row{Kind: "+I", Values: []string{value}})
	}
	return a, nil
}

// result is what stands to the right of an expression that was answered.
func (e expr) result() string {
	if e.answer.Failure != "" {
		return arrow + " " + e.answer.lines()[0]
	}
	var values []string
	for _, row := range e.answer.Rows {
		values = append(values, row.Values[0])
	}
	return arrow + " " + e.answer.Columns[0].Type + " = " + strings.Join(values, " | ")
}

// String is the file as text.
func (f *File) String() string {
	var paragraphs []string
	for _, b := range f.blocks {
		paragraphs = append(paragraphs, strings.Join(b.lines(), "\n")+"\n")
	}
	return strings.Join(paragraphs, "\n")
}

// widest is how far answers stand to the right of short expressions.
const widest = 64

func (b *block) lines() []string {
	lines := append([]string{}, b.head...)
	if answer := b.answer.lines(); answer != nil {
		lines = append(append(lines, ruler), answer...)
	}
	width := 0
	for _, e := range b.exprs {
		if n := len([]rune(e.text)); n <= widest {
			width = max(width, n)
		}
	}
	for _, e := range b.exprs {
		if e.answer.Empty() {
			lines = append(lines, e.text)
			continue
		}
		lines = append(lines, fmt.Sprintf("%-*s %s", width, e.text, e.result()))
	}
	return lines
}
