package job

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/durable"
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
	batch := min(max(tc.Batch, 1), 64)
	if !slices.ContainsFunc(j.Files, isFolder) {
		batch = min(batch, len(j.Files)) // no memory for more
	}
	return e.writeLabels(labels, func(out *labelWriter) error {
		next, stop := iter.Pull2(data.Pictures(j.Files...))
		defer stop()
		p := &pictures{next: next, spec: spec, cfg: cfg, batch: batch, out: out}
		if cfg.Target == "input" {
			var err error
			if p.back, err = newReconstructor(e, spec); err != nil {
				return err
			}
			p.plain, out.back = make([]float32, batch*spec.Len()), true
		}
		err := train.Predict(e.Context, e.Net, p, train.Setup{Params: params, Scalars: scalars, Workers: j.Workers}, func(b *train.Batch, scores []float32) error {
			return p.report(b.X, scores, e.Net.Outputs, j.Show)
		})
		if err == nil {
			err = p.reportUnreadable() // a last batch without any picture
		}
		if err == nil && p.total == 0 {
			err = fmt.Errorf("no pictures in %s", strings.Join(j.Files, ", "))
		}
		if err == nil && p.failed > 0 {
			err = incomplete{fmt.Errorf("%d of %s could not be read", p.failed, count(p.total, "picture"))}
		}
		return err
	})
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// incomplete is the error of a prediction that has gone through but for some
// examples.
type incomplete struct{ error }

// writeLabels has predict write to standard output or to the file that the job
// names, which is there with all lines or not at all. Lines about examples that
// could not be read are lines, too.
func (e *Env) writeLabels(labels []string, predict func(out *labelWriter) error) error {
	write := func(w io.Writer) error {
		out, err := newLabelWriter(w, e.Job, e.Net, labels)
		if err != nil {
			return err
		}
		return predict(out)
	}
	if e.Job.Output == "" {
		return write(e.Stdout)
	}
	var but incomplete
	err := durable.WriteFile(e.Job.Output, func(w io.Writer) error {
		err := write(w)
		if errors.As(err, &but) {
			return nil
		}
		return err
	})
	if err == nil && but.error != nil {
		return but
	}
	return err
}

// reportUnreadable is report where nothing could be read.
func (p *pictures) reportUnreadable() error { return p.report(nil, nil, 0, false) }

// report writes what became of the pictures of a batch, x and scores being those
// of the ones that could be read.
func (p *pictures) report(x, scores []float32, outputs int, show bool) error {
	at, out := 0, p.out
	for _, f := range p.current {
		if f.err != nil {
			if err := out.fail(f.name, f.err); err != nil {
				return err
			}
			continue
		}
		one, size := scores[at*outputs:(at+1)*outputs], p.spec.Len()
		if p.back != nil {
			picture, off, err := p.back.write(f.name, one, x[at*size:(at+1)*size], p.plain[at*size:(at+1)*size])
			if err != nil {
				return err
			}
			if err := out.reconstruction(f.name, picture, off); err != nil {
				return err
			}
		} else if err := out.label(f.name, one); err != nil {
			return err
		}
		if show {
			if err := out.picture(x[at*size:(at+1)*size], p.spec); err != nil {
				return err
			}
		}
		at++
	}
	p.current = p.current[:0]
	return nil
}

// pictures is the files of a job as train.Data. How many there are shows when
// they are read.
type pictures struct {
	next  func() (string, error, bool) // the names, or what keeps one from being known
	spec  preprocess.Spec
	cfg   config.Data
	batch int
	out   *labelWriter

	// back makes pictures of what the network gives back of its input; nil for other
	// networks. plain are the examples of the batch before they were standardized, nil
	// where nobody asks.
	back  *reconstructor
	plain []float32

	current       []picture // of the batch under way, and unreadable ones before it
	total, failed int
}

type picture struct {
	name string
	err  error
}

// Len is more than there are: predictions end with the pictures.
func (p *pictures) Len() int       { return max(p.batch, 1) << 30 }
func (p *pictures) BatchSize() int { return p.batch }

func (p *pictures) Batches(ctx context.Context, _, _ int) (train.Batches, error) {
	return &picturePass{p: p, ctx: ctx, scratch: data.NewScratch()}, nil
}

// maxCurrent is the most pictures or rows that are remembered until a batch is full,
// should most of them be unreadable. Tests make it small.
var maxCurrent = 1 << 12

// picturePass reads one file after the other.
type picturePass struct {
	p       *pictures
	ctx     context.Context
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
	for s.b.N < p.batch {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		if len(p.current) >= maxCurrent {
			if s.b.N > 0 {
				break
			}
			if err := p.reportUnreadable(); err != nil {
				return nil, err
			}
		}
		name, err, ok := p.next()
		if !ok {
			break
		}
		p.total++
		var img image.Image
		if err == nil {
			img, err = data.Decode(name, p.cfg.MaxPixels, s.scratch)
		}
		if err == nil {
			if err = s.prepare(img); err != nil {
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

// prepare makes a picture the next example of the batch.
func (s *picturePass) prepare(img image.Image) error {
	p, size := s.p, s.p.spec.Len()
	x := s.b.X[s.b.N*size : (s.b.N+1)*size]
	if err := p.spec.Raw(x, img, &s.pre); err != nil {
		return err
	}
	if p.plain != nil {
		plain := p.spec
		plain.After = nil
		at := p.plain[s.b.N*size : (s.b.N+1)*size]
		copy(at, x)
		plain.Finish(at, &s.pre)
	}
	p.spec.Finish(x, &s.pre)
	return nil
}

func (s *picturePass) Close() error { return nil }
