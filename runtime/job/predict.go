package job

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sort"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/train"
)

func runPredict(e *Env) error {
	cfg, tc := e.Config()
	j := e.Job
	if len(j.Files) == 0 {
		return usagef("no pictures or tables to label")
	}
	if cfg.Table != nil {
		return predictTables(e)
	}
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	params, labels, name, err := e.Weights()
	if err != nil {
		return err
	}
	labels = labelsFor(e.Net, labels)
	spec, err := e.spec(cfg, name)
	if err != nil {
		return err
	}
	if spec.Len() != e.Net.Height*e.Net.Width*e.Net.Channels {
		return usagef("pictures are made %dx%dx%d, the network wants %dx%dx%d",
			spec.Height, spec.Width, spec.Channels, e.Net.Height, e.Net.Width, e.Net.Channels)
	}
	top := j.Top
	if top <= 0 {
		top = 3
	}
	batch := max(tc.Batch, 1)
	p := &pictures{files: j.Files, spec: spec, cfg: cfg, batch: min(batch, 64, len(j.Files))}
	out := newLabelWriter(e.Stdout, j.JSON, e.Net, labels, top)
	err = train.Predict(e.Context, e.Net, p, train.Setup{Params: params, Scalars: scalars, Workers: j.Workers}, func(b *train.Batch, scores []float32) error {
		// Files that could not be read come in their place.
		at := 0
		for _, f := range p.current {
			if f.err != nil {
				if err := out.fail(f.name, f.err); err != nil {
					return err
				}
				continue
			}
			if err := out.label(f.name, scores[at*e.Net.Outputs:(at+1)*e.Net.Outputs]); err != nil {
				return err
			}
			at++
		}
		p.current = p.current[:0]
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range p.current { // a last batch without any picture
		if err := out.fail(f.name, f.err); err != nil {
			return err
		}
	}
	if p.failed > 0 {
		return fmt.Errorf("%d of %s could not be read", p.failed, count(len(j.Files), "picture"))
	}
	return nil
}

// pictures is the files of a job as train.Data.
type pictures struct {
	files []string
	spec  preprocess.Spec
	cfg   config.Data
	batch int

	current []picture // of the batch under way, and unreadable ones before it
	failed  int
}

type picture struct {
	name string
	err  error
}

func (p *pictures) Len() int       { return len(p.files) }
func (p *pictures) BatchSize() int { return p.batch }

func (p *pictures) Batches(ctx context.Context, _, _ int) (train.Batches, error) {
	return &picturePass{p: p, ctx: ctx, scratch: data.NewScratch()}, nil
}

// picturePass reads one file after the other.
type picturePass struct {
	p       *pictures
	ctx     context.Context
	at      int
	step    int
	b       train.Batch
	scratch *data.Scratch
	pre     preprocess.Scratch
}

func (s *picturePass) Next() (*train.Batch, error) {
	p, size := s.p, s.p.spec.Len()
	if s.b.X == nil {
		s.b.X = make([]float32, p.batch*size)
	}
	s.b.N = 0
	for s.b.N < p.batch && s.at < len(p.files) {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		name := p.files[s.at]
		s.at++
		img, err := data.Decode(name, p.cfg.MaxPixels, s.scratch)
		if err == nil {
			if err = p.spec.Image(s.b.X[s.b.N*size:(s.b.N+1)*size], img, &s.pre); err != nil {
				err = &data.FileError{Path: name, Err: err}
			}
		}
		p.current = append(p.current, picture{name, err})
		if err != nil {
			p.failed++
			continue
		}
		s.b.N++
	}
	if s.b.N == 0 {
		return nil, io.EOF
	}
	s.b.Step = s.step
	s.step++
	return &s.b, nil
}

func (s *picturePass) Close() error { return nil }

// labelWriter writes one line a picture.
type labelWriter struct {
	w      io.Writer
	json   *json.Encoder // nil for text
	head   model.Head
	labels []string
	top    int
	order  []int
	pair   [2]float32
}

func newLabelWriter(w io.Writer, asJSON bool, net *model.Network, labels []string, top int) *labelWriter {
	l := &labelWriter{w: w, head: net.Head, labels: labels, top: min(top, len(labels)), order: make([]int, len(labels))}
	if asJSON {
		l.json = json.NewEncoder(w)
	}
	return l
}

// labelReport is a line of JSON.
type labelReport struct {
	File   string       `json:"file"`
	Labels []labelScore `json:"labels,omitempty"`
	// Values are the scores of networks that have no classes.
	Values []jsonNum `json:"values,omitempty"`
	Error  string    `json:"error,omitempty"`
}

type labelScore struct {
	Label string  `json:"label"`
	Score jsonNum `json:"score"`
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
	if l.json != nil {
		r := labelReport{File: file}
		for _, c := range l.order[:l.top] {
			r.Labels = append(r.Labels, labelScore{l.labels[c], jsonNum(scores[c])})
		}
		return l.json.Encode(r)
	}
	line := file + ":"
	for i, c := range l.order[:l.top] {
		if i > 0 {
			line += ","
		}
		line += fmt.Sprintf(" %s %.4f", l.labels[c], scores[c])
	}
	_, err := fmt.Fprintln(l.w, line)
	return err
}

func (l *labelWriter) values(file string, scores []float32) error {
	if l.json != nil {
		r := labelReport{File: file}
		for _, v := range scores {
			r.Values = append(r.Values, jsonNum(v))
		}
		return l.json.Encode(r)
	}
	line := file + ":"
	for i, v := range scores {
		if i > 0 {
			line += ","
		}
		line += fmt.Sprintf(" %.6g", v)
	}
	_, err := fmt.Fprintln(l.w, line)
	return err
}

func (l *labelWriter) fail(file string, err error) error {
	if l.json != nil {
		return l.json.Encode(labelReport{File: file, Error: err.Error()})
	}
	_, err = fmt.Fprintf(l.w, "%v\n", err) // a FileError, which names the file
	return err
}
