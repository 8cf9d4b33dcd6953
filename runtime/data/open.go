package data

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// source is an opened source with its own list of classes; a part is a choice
// of its examples.
type source interface {
	classes() []string
	size() int
	label(i int) int
	key(i int) uint64
	name(i int) string
	where(class int) string // the folder or file that a class comes from
	load(i int, dst []float32, s *Scratch) error
	io.Closer
}

// kinds is the table of sources by the name they have in a model file.
var kinds = []struct {
	name string
	// classes lists the class names without reading the examples.
	classes func(cfg config.Data, which string, src config.Source, paths []string) ([]string, error)
	open    func(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error)
}{
	{"folder", folderClasses, openFolder},
	{"idx", idxClasses, openIDXSet},
	{"doodles", doodleClasses, openDoodles},
	{"csv", tableClasses, openTable},
	{"npy", npyClasses, openNPYSet},
	{"quickdraw", quickClasses, openQuick},
	{"cifar", cifarClasses, openCIFAR},
	{"files", fileListClasses, openFileList},
}

func kindOf(src config.Source) (int, error) {
	var names []string
	for i, k := range kinds {
		if k.name == src.Kind {
			return i, nil
		}
		names = append(names, k.name)
	}
	return 0, fmt.Errorf("unknown kind of source %q; known are %s", src.Kind, strings.Join(names, ", "))
}

// parts are the three parts of a data section, in the order of all arrays below.
var parts = [3]string{"train", "validate", "test"}

func sources(cfg config.Data) [3]config.Source {
	return [3]config.Source{cfg.Train, cfg.Validate, cfg.Test}
}

// Classes returns the names of the classes in label order, without looking at
// any example: what a compiler needs to know before there is a network. There
// are none where numbers are to be predicted, or the input itself.
func Classes(cfg config.Data) ([]string, error) {
	if regression(cfg) || mirrored(cfg) {
		return nil, nil
	}
	names, err := classNames(cfg)
	if err != nil {
		return nil, err
	}
	return names, checkClasses(names)
}

func classNames(cfg config.Data) ([]string, error) {
	if regression(cfg) {
		return noClasses, nil
	}
	if len(cfg.Classes) > 0 {
		return cfg.Classes, nil
	}
	for p, src := range sources(cfg) {
		if src.Kind == "" || src.Kind == "split" {
			continue
		}
		k, err := kindOf(src)
		if err != nil {
			return nil, fmt.Errorf("data %s: %w", parts[p], err)
		}
		names, err := kinds[k].classes(cfg, parts[p], src, resolve(cfg.Base, src.Paths))
		if err != nil {
			return nil, fmt.Errorf("data %s: %w", parts[p], err)
		}
		if names, err = chosen(names, src); err != nil {
			return nil, fmt.Errorf("data %s: %w", parts[p], err)
		}
		return names, nil
	}
	return nil, errors.New("the model file names no data")
}

// chosen are the classes that are used of those that a source has.
func chosen(names []string, src config.Source) ([]string, error) {
	if len(src.Classes) == 0 {
		return names, nil
	}
	for _, c := range src.Classes {
		if !slices.Contains(names, c) {
			return nil, fmt.Errorf("no class %q; there are %s", c, some(names))
		}
	}
	return src.Classes, nil
}

// mirrored reports whether the target of every example is its own input.
func mirrored(cfg config.Data) bool { return cfg.Target == "input" }

func checkClasses(names []string) error {
	sorted := slices.Sorted(slices.Values(names))
	for i, n := range sorted {
		if i > 0 && n == sorted[i-1] {
			return fmt.Errorf("class %q is listed twice", n)
		}
	}
	if len(names) < 2 {
		return fmt.Errorf("only one class (%s); a classifier needs at least two", strings.Join(names, ""))
	}
	return nil
}

// resolve makes paths relative to the model file's folder relative to the
// working folder.
func resolve(base string, paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		if out[i] = p; base != "" && !filepath.IsAbs(p) {
			out[i] = filepath.Join(base, p)
		}
	}
	return out
}

// Open opens one part, "train", "validate" or "test", and whatever part it is
// split from. Its classes are those of all parts.
func Open(cfg config.Data, which string) (Dataset, error) {
	p := slices.Index(parts[:], which)
	if p < 0 {
		return nil, fmt.Errorf("unknown part of the data %q; known are %s", which, strings.Join(parts[:], ", "))
	}
	if sources(cfg)[p].Kind == "" {
		return nil, fmt.Errorf("the model file names no data to %s with", which)
	}
	var want [3]bool
	want[p] = true
	if cfg.Table != nil && cfg.Fitted == "" {
		want[0] = true // the training rows say how rows are prepared
	}
	sets, err := open(cfg, want)
	if err != nil {
		return nil, err
	}
	if p != 0 {
		err = Close(sets[0])
	}
	return sets[p], err
}

// OpenAll opens all parts. One that the model file does not name is nil. All
// have the same classes; a part with a class that is not among them is an error
// that names its folder or file.
func OpenAll(cfg config.Data) (train, validate, test Dataset, err error) {
	var want [3]bool
	for p, src := range sources(cfg) {
		want[p] = src.Kind != ""
	}
	sets, err := open(cfg, want)
	return sets[0], sets[1], sets[2], err
}

// Close releases what data sets hold open; nil ones and those that hold
// nothing are left alone.
func Close(sets ...Dataset) error {
	var errs []error
	for _, d := range sets {
		if c, ok := d.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// open opens the wanted parts, and closes everything if one of them fails.
func open(cfg config.Data, want [3]bool) (sets [3]Dataset, err error) {
	if err := checkTables(cfg); err != nil {
		return sets, err
	}
	spec, err := Spec(cfg)
	if err != nil {
		return sets, fmt.Errorf("data: %w", err)
	}
	srcs := sources(cfg)
	for p := range srcs {
		if srcs[p].Kind == "split" {
			srcs[p].Paths = resolve(cfg.Base, srcs[p].Paths)
		}
	}
	parent, err := checkSplits(srcs)
	if err != nil {
		return sets, err
	}
	var opened [3]*shared
	defer func() {
		for _, s := range opened {
			if s != nil {
				err = errors.Join(err, s.release()) // parts that came into being hold it too
			}
		}
		if err != nil {
			Close(sets[:]...)
			sets = [3]Dataset{}
		}
	}()
	var classes []string
	for p := range parts {
		if !(want[p] && parent[p] < 0) && !isParentOfWanted(p, parent, want) {
			continue
		}
		k, err := kindOf(srcs[p])
		if err != nil {
			return sets, fmt.Errorf("data %s: %w", parts[p], err)
		}
		src, err := kinds[k].open(cfg, parts[p], srcs[p], resolve(cfg.Base, srcs[p].Paths), spec)
		if err != nil {
			return sets, fmt.Errorf("data %s: %w", parts[p], err)
		}
		opened[p] = share(src)
		if p == 0 && len(cfg.Classes) == 0 && !mirrored(cfg) {
			if classes, err = chosen(src.classes(), srcs[p]); err != nil {
				return sets, fmt.Errorf("data %s: %w", parts[p], err)
			}
		}
	}
	if classes == nil && !mirrored(cfg) {
		if classes, err = classNames(cfg); err != nil {
			return sets, err
		}
	}
	if !regression(cfg) && !mirrored(cfg) {
		if err := checkClasses(classes); err != nil {
			return sets, fmt.Errorf("data: %w", err)
		}
	}
	for p := range parts {
		if opened[p] == nil {
			continue
		}
		if mirrored(cfg) { // each part has those that it has, to be divided by
			if classes, err = chosen(opened[p].classes(), srcs[p]); err != nil {
				return sets, fmt.Errorf("data %s: %w", parts[p], err)
			}
		}
		whole, err := newPart(opened[p], spec, classes, srcs[p].Classes...)
		if err == nil {
			whole.mirrored = mirrored(cfg)
			whole.limit(srcs[p], cfg.Seed)
			// Every split of this part is taken from it, wanted or not: what
			// remains must not depend on what was asked for.
			err = divide(whole, p, srcs, parent, want, cfg.Seed, &sets)
		}
		if err != nil {
			return sets, fmt.Errorf("data %s: %w", parts[p], err)
		}
	}
	if cfg.Table != nil {
		if err := fitTables(cfg, &sets); err != nil {
			return sets, fmt.Errorf("data: %w", err)
		}
	}
	return sets, nil
}

func isParentOfWanted(p int, parent [3]int, want [3]bool) bool {
	for c := range parts {
		if want[c] && parent[c] == p {
			return true
		}
	}
	return false
}

// checkSplits returns for each part the part that it is split from, or -1.
func checkSplits(srcs [3]config.Source) (parent [3]int, err error) {
	var taken [3]float64
	for p, src := range srcs {
		parent[p] = -1
		if src.Kind != "split" {
			continue
		}
		of := slices.Index(parts[:], src.Of)
		switch {
		case of < 0:
			return parent, fmt.Errorf("data %s: split of %q, want train, validate or test", parts[p], src.Of)
		case of == p || srcs[of].Kind == "split":
			return parent, fmt.Errorf("data %s: cannot be split from %s, which is not a source of its own", parts[p], src.Of)
		case srcs[of].Kind == "":
			return parent, fmt.Errorf("data %s: split from %s, which the model file does not name", parts[p], src.Of)
		case len(src.Paths) > 0:
			parent[p] = of // listed
			continue
		case !(src.Fraction > 0 && src.Fraction < 1):
			return parent, fmt.Errorf("data %s: fraction %v is not between 0 and 1", parts[p], src.Fraction)
		}
		parent[p] = of
		if taken[of] += src.Fraction; taken[of] >= 1 {
			return parent, fmt.Errorf("data %s: splits leave nothing of %s", parts[p], src.Of)
		}
	}
	return parent, nil
}
