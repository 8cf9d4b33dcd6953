package job

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/terminal"
)

// labelWriter writes what is predicted for one example after the other.
type labelWriter struct {
	w      io.Writer
	json   *json.Encoder // nil for other formats
	csv    *csv.Writer   // nil for other formats
	bars   *bars         // nil for other formats
	show   canvas        // of pictures
	head   model.Head
	labels []string
	// names are those of predicted numbers.
	names  []string
	top    int
	order  []int
	pair   [2]float32
	cells  []string
	headed bool
	// back: the network gives its input back, as pictures.
	back bool
}

// newLabelWriter returns a writer for the format of a job.
func newLabelWriter(w io.Writer, j *Job, net *model.Network, labels []string) (*labelWriter, error) {
	top := j.Top
	if top <= 0 {
		top = 3
	}
	l := &labelWriter{w: w, head: net.Head, labels: labels, names: labels, top: min(top, len(labels)), order: make([]int, len(labels))}
	for i := len(l.names); i < net.Outputs; i++ {
		l.names = append(l.names[:i:i], strconv.Itoa(i))
	}
	width := j.Width
	if width <= 0 {
		width = 80
	}
	l.show = canvas{width: width, color: j.Color}
	format := j.Format
	if j.JSON {
		format = "json"
	}
	switch format {
	case "json":
		l.json = json.NewEncoder(w)
	case "csv":
		l.csv = csv.NewWriter(w)
	case "bars":
		l.bars = &bars{width: width, color: j.Color}
	case "", "text":
	default:
		return nil, usagef("unknown format %q, want text, bars, csv or json", format)
	}
	return l, nil
}

// labelReport is a line of JSON.
type labelReport struct {
	File   string       `json:"file"`
	Labels []labelScore `json:"labels,omitempty"`
	// Values are the scores of networks that have no classes.
	Values []Number `json:"values,omitempty"`
	Error  string   `json:"error,omitempty"`
}

type labelScore struct {
	Label string `json:"label"`
	Score Number `json:"score"`
}

// label writes the classes of the largest scores. One score of two classes is
// that of the second; that of the first lies as far on the other side of the
// threshold: 1 minus a probability, or the other sign. Values are written as they
// are.
func (l *labelWriter) label(file string, scores []float32) error {
	if l.head.Task == model.Values {
		return l.values(file, scores)
	}
	if len(scores) == 1 && len(l.labels) == 2 {
		l.pair = [2]float32{2*l.head.Threshold() - scores[0], scores[0]}
		scores = l.pair[:]
	}
	for i := range l.order {
		l.order[i] = i
	}
	sort.SliceStable(l.order, func(a, b int) bool { return scores[l.order[a]] > scores[l.order[b]] })
	first := l.order[:l.top]
	switch {
	case l.json != nil:
		r := labelReport{File: file}
		for _, c := range first {
			r.Labels = append(r.Labels, labelScore{l.labels[c], Number(scores[c])})
		}
		return l.json.Encode(r)
	case l.csv != nil:
		l.cells = append(l.cells[:0], file)
		for _, c := range first {
			l.cells = append(l.cells, l.labels[c], strconv.FormatFloat(float64(scores[c]), 'g', -1, 32))
		}
		return l.cellsRow("")
	case l.bars != nil:
		return l.bars.write(l.w, file, l.labels, scores, first, l.head.Logits)
	}
	line := file + ":"
	for i, c := range first {
		if i > 0 {
			line += ","
		}
		line += fmt.Sprintf(" %s %.4f", l.labels[c], scores[c])
	}
	_, err := fmt.Fprintln(l.w, terminal.Printable(line))
	return err
}

func (l *labelWriter) values(file string, scores []float32) error {
	switch {
	case l.json != nil:
		r := labelReport{File: file}
		for _, v := range scores {
			r.Values = append(r.Values, Number(v))
		}
		return l.json.Encode(r)
	case l.csv != nil:
		return l.row(file, scores)
	}
	line := file + ":"
	for i, v := range scores {
		if i > 0 {
			line += ","
		}
		line += fmt.Sprintf(" %.6g", v)
	}
	_, err := fmt.Fprintln(l.w, terminal.Printable(line))
	return err
}

// reconstruction writes what became of a picture: the one that was made of it, and
// how far it is off.
func (l *labelWriter) reconstruction(file, picture string, off float64) error {
	switch {
	case l.json != nil:
		return l.json.Encode(reconstructionReport{file, picture, Number(off)})
	case l.csv != nil:
		l.cells = append(l.cells[:0], file, strconv.FormatFloat(off, 'g', -1, 64), picture)
		return l.cellsRow("")
	}
	_, err := fmt.Fprintln(l.w, terminal.Printable(fmt.Sprintf("%s: mean squared error %.6g, %s", file, off, picture)))
	return err
}

// reconstructionReport is a line of JSON. Error is the mean squared error, in the
// numbers that the network sees.
type reconstructionReport struct {
	File    string `json:"file"`
	Picture string `json:"picture"`
	Error   Number `json:"mean_squared_error"`
}

// row writes numbers as a row of CSV.
func (l *labelWriter) row(file string, values []float32) error {
	l.cells = append(l.cells[:0], file)
	for _, v := range values {
		l.cells = append(l.cells, strconv.FormatFloat(float64(v), 'g', -1, 32))
	}
	return l.cellsRow("")
}

// cellsRow writes the cells as a row of CSV, with the reason where there are none.
// The first row is preceded by the columns' names.
func (l *labelWriter) cellsRow(reason string) error {
	columns := l.columns()
	if !l.headed {
		l.headed = true
		if err := l.csv.Write(columns); err != nil {
			return err
		}
	}
	for len(l.cells) < len(columns)-1 {
		l.cells = append(l.cells, "")
	}
	if err := l.csv.Write(append(l.cells, reason)); err != nil {
		return err
	}
	l.csv.Flush() // a reader at the other end of a pipe sees each row
	return l.csv.Error()
}

// columns are the names of the columns of CSV.
func (l *labelWriter) columns() []string {
	list := []string{"path"}
	if l.back {
		return append(list, "mean_squared_error", "picture", "error")
	}
	if l.numbersOnly() {
		list = append(list, l.names...)
		return append(list, "error")
	}
	score := "probability"
	if l.head.Logits {
		score = "score"
	}
	for i := range l.top {
		suffix := ""
		if i > 0 {
			suffix = "_" + strconv.Itoa(i+1)
		}
		list = append(list, "label"+suffix, score+suffix)
	}
	return append(list, "error")
}

// numbersOnly: the network predicts numbers, not classes.
func (l *labelWriter) numbersOnly() bool { return l.head.Task == model.Values }

func (l *labelWriter) fail(file string, err error) error {
	switch {
	case l.json != nil:
		return l.json.Encode(labelReport{File: file, Error: err.Error()})
	case l.csv != nil:
		l.cells = append(l.cells[:0], file)
		return l.cellsRow(err.Error())
	}
	_, err = fmt.Fprintln(l.w, terminal.Printable(err.Error())) // a FileError, which names the file
	return err
}
