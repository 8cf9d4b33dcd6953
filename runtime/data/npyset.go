package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/npy"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// npySet is a source of an array of examples and one of labels. Numbers are
// taken as they are; only the rescale setting changes them.
type npySet struct {
	spec       preprocess.Spec
	path       string
	examples   *npy.Array
	labels     []int32
	labelsPath string
	names      []string
}

// maxLabel is the largest label of an array.
const maxLabel = 1<<14 - 1

// ofArrays reports whether all examples are arrays.
func ofArrays(cfg config.Data) bool {
	arrays := false
	for _, src := range sources(cfg) {
		switch src.Kind {
		case "npy":
			arrays = true
		case "", "split":
		default:
			return false
		}
	}
	return arrays
}

// arraySpec is the shape of an input that an item of an array becomes.
func arraySpec(cfg config.Data) (preprocess.Spec, error) {
	p := preprocess.Spec{Height: cfg.Height, Width: cfg.Width, Channels: cfg.Channels, Scale: float32(cfg.Rescale)}
	switch {
	case p.Height < 1 || p.Width < 1 || p.Channels < 1:
		return p, fmt.Errorf("the input is %dx%dx%d", p.Height, p.Width, p.Channels)
	case cfg.Resize != nil || cfg.Color != "":
		return p, errors.New("arrays are taken as they are: neither resized nor made gray or rgb")
	case cfg.Rescale-cfg.Rescale != 0 || float64(p.Scale)-float64(p.Scale) != 0:
		return p, fmt.Errorf("rescale is %v, want a finite number", cfg.Rescale)
	case cfg.OnError != "" && cfg.OnError != "stop" && cfg.OnError != "skip":
		return p, fmt.Errorf("on_error is %q, want stop or skip", cfg.OnError)
	}
	return p, nil
}

// npyLabels reads the labels and names their classes: cfg.Classes, or the
// numbers 0..K-1. Without given names every class of a training set must occur.
func npyLabels(cfg config.Data, which string, src config.Source, paths []string) (labels []int32, names []string, path string, err error) {
	if len(paths) < 1 || len(paths) > 2 {
		return nil, nil, "", fmt.Errorf("npy needs a file of examples and one of labels, or an archive of both; got %d paths", len(paths))
	}
	path = paths[len(paths)-1]
	if unlabelled(cfg, src, paths) {
		return nil, []string{""}, path, nil
	}
	if len(paths) == 1 && src.Arrays[1] == "" {
		return nil, nil, path, fileErrorf(path, "nothing says where the labels are: name their file, or the array of the archive (y=\"...\")")
	}
	a, err := npy.Open(path, src.Arrays[1])
	if err != nil {
		return nil, nil, path, &FileError{Path: path, Err: err}
	}
	defer a.Close()
	if len(a.Shape()) == 0 || a.Size() != 1 {
		return nil, nil, path, fileErrorf(path, "labels of shape %s, want (N,): one number an example", npy.ShapeText(a.Shape()))
	}
	n := a.Items()
	if n == 0 {
		return nil, nil, path, fileErrorf(path, "the array has no labels")
	}
	labels = make([]int32, n)
	var buf []byte
	var x [1]float64
	top := int32(0)
	first := map[int32]int{}
	for i := range labels {
		if buf, err = a.Read(i, x[:], buf); err != nil {
			return nil, nil, path, &FileError{Path: path, Err: err}
		}
		if x[0] != math.Trunc(x[0]) || !(x[0] >= 0 && x[0] <= maxLabel) {
			return nil, nil, path, fileErrorf(path, "label %v of example %d is none: labels are whole numbers 0..%d", x[0], i, maxLabel)
		}
		labels[i] = int32(x[0])
		if _, ok := first[labels[i]]; !ok {
			first[labels[i]] = i
		}
		top = max(top, labels[i])
	}
	if k := len(cfg.Classes); k > 0 {
		if int(top) >= k {
			return nil, nil, path, fileErrorf(path, "label %d of example %d is out of range: there are %d classes, 0..%d", top, first[top], k, k-1)
		}
		return labels, cfg.Classes, path, nil
	}
	for l := range top + 1 {
		if _, ok := first[l]; !ok && which == "train" {
			return nil, nil, path, fileErrorf(path, "label %d of example %d seems out of range: no example has label %d; give the names of the classes if it is meant", top, first[top], l)
		}
		names = append(names, strconv.Itoa(int(l)))
	}
	return labels, names, path, nil
}

// unlabelled reports whether a source has examples only, which is enough where the
// target is the input.
func unlabelled(cfg config.Data, src config.Source, paths []string) bool {
	return mirrored(cfg) && len(paths) == 1 && src.Arrays[1] == ""
}

func npyClasses(cfg config.Data, which string, src config.Source, paths []string) ([]string, error) {
	_, names, _, err := npyLabels(cfg, which, src, paths)
	return names, err
}

func openNPYSet(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	if !ofArrays(cfg) {
		return nil, errors.New("arrays and other sources cannot be mixed: they are prepared in different ways")
	}
	if len(src.Classes) > 0 {
		return nil, errors.New("classes cannot be selected from arrays")
	}
	labels, names, labelsPath, err := npyLabels(cfg, which, src, paths)
	if err != nil {
		return nil, err
	}
	d := &npySet{spec: spec, path: paths[0], labels: labels, names: names, labelsPath: labelsPath}
	if d.examples, err = npy.Open(d.path, src.Arrays[0]); err != nil {
		return nil, &FileError{Path: d.path, Err: err}
	}
	shape := d.examples.Shape()
	switch {
	case len(shape) == 0 || !d.fits(shape[1:]):
		err = fileErrorf(d.path, "examples of shape %s, and the network takes %dx%dx%d = %d values", npy.ShapeText(shape), spec.Height, spec.Width, spec.Channels, spec.Len())
	case unlabelled(cfg, src, paths): // items that fit have bytes: there are no more than the file holds
		d.labels = make([]int32, shape[0])
	case shape[0] != len(labels):
		err = fileErrorf(labelsPath, "%s, but the examples of %s have the shape %s", count(len(labels), "label"), d.path, npy.ShapeText(shape))
	}
	if err != nil {
		d.examples.Close()
		return nil, err
	}
	return d, nil
}

// fits reports whether an item is an input: of its shape, without the axis of a
// single channel, or flat.
func (d *npySet) fits(item []int) bool {
	s := d.spec
	return slices.Equal(item, []int{s.Height, s.Width, s.Channels}) ||
		s.Channels == 1 && slices.Equal(item, []int{s.Height, s.Width}) ||
		slices.Equal(item, []int{s.Len()})
}

func (d *npySet) classes() []string { return d.names }
func (d *npySet) size() int         { return len(d.labels) }
func (d *npySet) label(i int) int   { return int(d.labels[i]) }
func (d *npySet) key(i int) uint64  { return rng.Hash(uint64(i)) }
func (d *npySet) where(int) string  { return d.labelsPath }
func (d *npySet) Close() error      { return d.examples.Close() }
func (d *npySet) name(i int) string { return fmt.Sprintf("%s: example %d", d.path, i) }

func (d *npySet) load(i int, dst []float32, s *Scratch) (err error) {
	s.numbers = slices.Grow(s.numbers[:0], len(dst))[:len(dst)]
	if s.item, err = d.examples.Read(i, s.numbers, s.item); err != nil {
		return &FileError{Path: d.name(i), Err: err}
	}
	for j, v := range s.numbers {
		if dst[j] = float32(v); dst[j]-dst[j] != 0 {
			return &FileError{Path: d.name(i), Err: fmt.Errorf("value %d is %v, which is not a finite number in single precision", j, v)}
		}
	}
	return nil
}
