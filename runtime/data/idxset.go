package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// idxSet is a source of an images file and the labels file that goes with it.
type idxSet struct {
	spec       preprocess.Spec
	images     *idxFile
	labels     []uint8
	labelsPath string
	names      []string
}

// idxPaths resolves the paths of an idx source: an images and a labels file, or
// a folder with the files of the part under the names that MNIST gave them.
func idxPaths(which string, paths []string) (images, labels string, err error) {
	switch len(paths) {
	case 2:
		return paths[0], paths[1], nil
	case 1:
		info, err := os.Stat(paths[0])
		if err != nil {
			return "", "", &FileError{Path: paths[0], Err: bare(err)}
		}
		if !info.IsDir() {
			return "", "", fileErrorf(paths[0], "idx needs an images and a labels file, or the folder of both")
		}
		prefix := map[string]string{"train": "train", "test": "t10k"}[which]
		if prefix == "" {
			return "", "", fileErrorf(paths[0], "a folder of idx files has a training and a test part, none to %s with: name the two files", which)
		}
		if images, err = idxFind(paths[0], prefix+"-images-idx3-ubyte"); err != nil {
			return "", "", err
		}
		labels, err = idxFind(paths[0], prefix+"-labels-idx1-ubyte")
		return images, labels, err
	}
	return "", "", fmt.Errorf("idx needs an images and a labels file, or the folder of both; got %d paths", len(paths))
}

func idxFind(dir, name string) (string, error) {
	for _, n := range []string{name + ".gz", name} {
		if _, err := os.Stat(filepath.Join(dir, n)); err == nil {
			return filepath.Join(dir, n), nil
		}
	}
	return "", fileErrorf(dir, "neither %s.gz nor %s is in it", name, name)
}

// readLabels reads a labels file and names its classes: cfg.Classes, or the
// numbers 0..K-1. Without given names every class of a training set must occur,
// for a stray byte would otherwise give the network a hundred classes more.
func readLabels(cfg config.Data, which, path string) (labels []uint8, names []string, err error) {
	x, err := openIDX(path, idxLabels)
	if err != nil {
		return nil, nil, err
	}
	defer x.Close()
	x.item = x.dims[0]
	labels = make([]uint8, x.item)
	if err := x.read(0, labels); err != nil {
		return nil, nil, err
	}
	var first [256]int // 1 + index of the first example of a class
	top := 0
	for i, l := range labels {
		if first[l] == 0 {
			first[l] = i + 1
		}
		top = max(top, int(l))
	}
	if k := len(cfg.Classes); k > 0 {
		if top >= k {
			return nil, nil, fileErrorf(path, "label %d of example %d is out of range: there are %d classes, 0..%d", top, first[top]-1, k, k-1)
		}
		return labels, cfg.Classes, nil
	}
	for l := range top + 1 {
		if first[l] == 0 && which == "train" {
			return nil, nil, fileErrorf(path, "label %d of example %d seems out of range: no example has label %d; give the names of the classes if it is meant", top, first[top]-1, l)
		}
		names = append(names, strconv.Itoa(l))
	}
	return labels, names, nil
}

func idxClasses(cfg config.Data, which string, _ config.Source, paths []string) ([]string, error) {
	_, path, err := idxPaths(which, paths)
	if err != nil {
		return nil, err
	}
	_, names, err := readLabels(cfg, which, path)
	return names, err
}

func openIDXSet(cfg config.Data, which string, src config.Source, paths []string, spec preprocess.Spec) (source, error) {
	if len(src.Classes) > 0 {
		return nil, errors.New("classes cannot be selected from idx files")
	}
	imagesPath, labelsPath, err := idxPaths(which, paths)
	if err != nil {
		return nil, err
	}
	d := &idxSet{spec: spec, labelsPath: labelsPath}
	if d.images, err = openIDX(imagesPath, idxImages); err != nil {
		return nil, err
	}
	d.labels, d.names, err = readLabels(cfg, which, labelsPath)
	n, h, w := d.images.dims[0], d.images.dims[1], d.images.dims[2]
	switch {
	case err != nil:
	case n != len(d.labels):
		err = fileErrorf(labelsPath, "%s, but %s has %s", count(len(d.labels), "label"), imagesPath, count(n, "image"))
	case !spec.Resize && (h != spec.Height || w != spec.Width):
		err = fileErrorf(imagesPath, "images are %d wide and %d high, the network takes %d wide and %d high; resize is off", w, h, spec.Width, spec.Height)
	}
	if err != nil {
		d.images.Close()
		return nil, err
	}
	return d, nil
}

func (d *idxSet) classes() []string { return d.names }
func (d *idxSet) size() int         { return len(d.labels) }
func (d *idxSet) label(i int) int   { return int(d.labels[i]) }
func (d *idxSet) key(i int) uint64  { return rng.Hash(uint64(i)) }
func (d *idxSet) where(int) string  { return d.labelsPath }
func (d *idxSet) Close() error      { return d.images.Close() }
func (d *idxSet) name(i int) string { return fmt.Sprintf("%s: image %d", d.images.path, i) }

func (d *idxSet) load(i int, dst []float32, s *Scratch) error {
	m := s.pixels(d.images.dims[1], d.images.dims[2])
	if err := d.images.read(i, m.Pix); err != nil {
		return err
	}
	return d.spec.Raw(dst, m, &s.pre)
}
