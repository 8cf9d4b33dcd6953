package data

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cnnc/cnnc/runtime/preprocess"
)

// part is a Dataset: chosen examples of a source, under the classes that all
// parts share.
type part struct {
	src   *shared
	spec  preprocess.Spec
	names []string
	label []int32 // label of the source -> label here
	index []int32 // chosen examples of the source, ascending
	close func() error
	// mirrored: the target of every example is its own input, and classes do not count.
	mirrored bool
}

// shared is a source that several parts use; the last one closes it.
type shared struct {
	source
	users atomic.Int32
}

func share(s source) *shared {
	x := &shared{source: s}
	x.users.Store(1)
	return x
}

func (s *shared) release() error {
	if s.users.Add(-1) > 0 {
		return nil
	}
	return s.source.Close()
}

// newPart is the whole of a source under the given classes; only, when there are
// any, says which of the source's classes are used.
func newPart(src *shared, spec preprocess.Spec, classes []string, only ...string) (*part, error) {
	at := make(map[string]int32, len(classes))
	for i, c := range classes {
		at[c] = int32(i)
	}
	p := &part{src: src, spec: spec, names: classes}
	if n := src.size(); n > math.MaxInt32 {
		return nil, fmt.Errorf("%d examples; the limit is %d", n, math.MaxInt32)
	}
	left := false // out are some classes
	for i, c := range src.classes() {
		to, ok := at[c]
		if len(only) > 0 && !slices.Contains(only, c) {
			p.label, left = append(p.label, -1), true
			continue
		}
		if !ok {
			return nil, fileErrorf(src.where(i), "unknown class %q: it is not among the %d classes of the model (%s)", c, len(classes), some(classes))
		}
		p.label = append(p.label, to)
	}
	p.index = make([]int32, 0, src.size())
	for i := range src.size() {
		if !left || p.label[src.label(i)] >= 0 {
			p.index = append(p.index, int32(i))
		}
	}
	if len(p.index) == 0 {
		return nil, fmt.Errorf("no examples of the classes %s", some(only))
	}
	return p.with(p.index), nil
}

// with is a part of other examples of the same source.
func (p *part) with(index []int32) *part {
	q := *p
	q.index = index
	q.src.users.Add(1)
	q.close = sync.OnceValue(q.src.release)
	return &q
}

// some lists the first names of a long list.
func some(names []string) string {
	s := ""
	for i, n := range names {
		if i == 8 {
			return s + ", ..."
		}
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s
}

func (p *part) Len() int          { return len(p.index) }
func (p *part) Key(i int) uint64  { return p.src.key(int(p.index[i])) }
func (p *part) Name(i int) string { return p.src.name(int(p.index[i])) }
func (p *part) Close() error      { return p.close() }

// Label implements Dataset.
func (p *part) Label(i int) int {
	if p.mirrored {
		return 0
	}
	return int(p.label[p.src.label(int(p.index[i]))])
}

func (p *part) Classes() []string {
	if p.Targets() > 0 || p.mirrored {
		return nil
	}
	return p.names
}

func (p *part) Shape() (height, width, channels int) {
	return p.spec.Height, p.spec.Width, p.spec.Channels
}

func (p *part) Load(i int, dst []float32, s *Scratch) error {
	if len(dst) != p.spec.Len() {
		return fmt.Errorf("%s: destination has %d values, want %d", p.Name(i), len(dst), p.spec.Len())
	}
	return p.src.load(int(p.index[i]), dst, s)
}
