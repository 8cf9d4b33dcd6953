// Package dsltest holds what tests of the front end and of the compiler share:
// files of small model files whose mistakes are marked in place. It is
// imported by tests only.
package dsltest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/dsl/diag"
)

// Chunk is one model file of a chunked file.
type Chunk struct {
	Name string   // FILE:LINE of its first line
	Src  string   // the text that is loaded
	Sets []string // arguments of --set, from lines `// SET name=value`
	line int      // line of the chunked file before the chunk's first line
	pre  int      // lines put in front of the chunk
	want []want
}

type want struct {
	file string // "" for the model file, diag.OverrideFile for a SET line
	line int    // in that file
	re   *regexp.Regexp
	used bool
}

// header is put in front of chunks that do not begin with a version.
const header = "cnn 1; model test\n"

var (
	errorMark = regexp.MustCompile(`// ERROR (.*)$`)
	quoted    = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
)

// Chunks reads a file of model files separated by lines `---`. A comment
// `// ERROR "regexp" ...` says that its line has exactly these diagnostics, in
// order. A line `// SET name=value` is an argument of --set; an ERROR behind it
// is a diagnostic in that argument. A chunk without a line `cnn N` gets one,
// and a model name, in front.
func Chunks(t *testing.T, file string) []Chunk {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var chunks []Chunk
	line := 0
	for _, text := range strings.Split(string(data), "---\n") {
		c := Chunk{Name: filepath.Base(file) + ":" + strconv.Itoa(line+1), Src: text, line: line}
		if !regexp.MustCompile(`(?m)^cnn\b`).MatchString(text) && !strings.Contains(text, "// NO HEADER") {
			c.Src, c.pre = header+text, 1
		}
		for i, l := range strings.Split(text, "\n") {
			w := want{line: i + 1 + c.pre}
			if set, ok := strings.CutPrefix(l, "// SET "); ok {
				set, _, _ = strings.Cut(set, " // ERROR")
				c.Sets = append(c.Sets, set)
				w.file, w.line = diag.OverrideFile, len(c.Sets)
			}
			if m := errorMark.FindStringSubmatch(l); m != nil {
				for _, q := range quoted.FindAllString(m[1], -1) {
					pattern, err := strconv.Unquote(q)
					if err != nil {
						t.Fatalf("%s:%d: %v", file, line+i+1, err)
					}
					w.re = regexp.MustCompile(pattern)
					c.want = append(c.want, w)
				}
			}
		}
		chunks = append(chunks, c)
		line += strings.Count(text, "\n") + 1
	}
	return chunks
}

// Check compares the diagnostics of a chunk with its marks. Patterns are
// matched against message, code, expectation and help.
func (c *Chunk) Check(t *testing.T, list diag.List) {
	t.Helper()
	base := strings.Split(c.Name, ":")[0]
	where := func(file string, line int) string {
		if file == diag.OverrideFile {
			return c.Name + " --set " + strconv.Itoa(line)
		}
		return base + ":" + strconv.Itoa(c.line+line-c.pre)
	}
next:
	for _, d := range list {
		file := ""
		if d.Span.Start.File == diag.OverrideFile {
			file = diag.OverrideFile
		}
		text := Text(d)
		for i := range c.want {
			w := &c.want[i]
			if !w.used && w.file == file && w.line == d.Span.Start.Line && w.re.MatchString(text) {
				w.used = true
				continue next
			}
		}
		t.Errorf("%s: unexpected diagnostic\n\t%s: %s", where(file, d.Span.Start.Line), d.Span.Start, text)
	}
	for _, w := range c.want {
		if !w.used {
			t.Errorf("%s: no diagnostic matches %q", where(w.file, w.line), w.re)
		}
	}
}

// Text is a diagnostic on one line, with all that a pattern may look for.
func Text(d *diag.Diagnostic) string {
	text := d.Severity.String() + ": " + d.Msg + " [" + string(d.Code) + "]"
	if d.Expected != "" {
		text += " expected: " + d.Expected
	}
	for _, n := range d.Notes {
		text += " note: " + n.Msg
	}
	if d.Help != "" {
		text += " help: " + d.Help
	}
	return text
}
