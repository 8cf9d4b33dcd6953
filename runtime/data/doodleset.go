package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/doodles"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// doodleSet is a source of figures that are drawn when they are asked for:
// perClass of each class, those of different parts never the same.
type doodleSet struct {
	spec     preprocess.Spec
	seed     uint64
	part     string
	names    []string
	kind     []int // class here -> class of package doodles
	perClass int
}

// maxDoodles of a class, so that all of them can be numbered.
const maxDoodles = 1 << 24

func doodleClasses(_ config.Data, _ string, src config.Source, _ []string) ([]string, error) {
	all := doodles.Classes()
	if len(src.Classes) == 0 {
		return all, nil
	}
	for _, c := range src.Classes {
		if !slices.Contains(all, c) {
			return nil, fmt.Errorf("no doodles of class %q; there are %s", c, strings.Join(all, ", "))
		}
	}
	return src.Classes, nil
}

func openDoodles(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	if len(paths) > 0 {
		return nil, fmt.Errorf("doodles are drawn, not read: no path wanted, got %q", paths[0])
	}
	names, err := doodleClasses(cfg, which, src, nil)
	if err != nil {
		return nil, err
	}
	d := &doodleSet{spec: spec, seed: cfg.Seed, part: which, names: names, perClass: src.PerClass}
	for _, n := range names {
		d.kind = append(d.kind, slices.Index(doodles.Classes(), n))
	}
	if d.perClass <= 0 {
		d.perClass = 100
		if which == "train" {
			d.perClass = 600
		}
	}
	if d.perClass > maxDoodles {
		return nil, fmt.Errorf("%d doodles of each class; the limit is %d", d.perClass, maxDoodles)
	}
	return d, nil
}

func (d *doodleSet) classes() []string { return d.names }
func (d *doodleSet) size() int         { return len(d.names) * d.perClass }
func (d *doodleSet) label(i int) int   { return i / d.perClass }
func (d *doodleSet) where(int) string  { return "doodles" }
func (d *doodleSet) Close() error      { return nil }

func (d *doodleSet) name(i int) string {
	return fmt.Sprintf("doodle %s/%s/%d", d.part, d.names[d.label(i)], i%d.perClass)
}

func (d *doodleSet) key(i int) uint64 { return rng.Hash(d.seed, rng.HashString(d.name(i))) }

func (d *doodleSet) load(i int, dst []float32, s *Scratch) error {
	m := s.pixels(d.spec.Height, d.spec.Width)
	f := doodles.Draw(d.seed, d.part, d.kind[d.label(i)], i%d.perClass)
	f.Render(m.Pix, d.spec.Height, d.spec.Width)
	return d.spec.Raw(dst, m, &s.pre)
}
