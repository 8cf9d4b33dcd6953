package data

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// Survey is what there is at a place: see Inspect.
type Survey struct {
	Path  string       `json:"path"`
	Kind  string       `json:"kind"` // as in a model file: folder, idx, ...
	Parts []PartSurvey `json:"parts"`
}

// PartSurvey is what there is in one part: a training set, a test set.
type PartSurvey struct {
	Part       string        `json:"part"`
	Examples   int           `json:"examples"` // those that cannot be read included
	Looked     int           `json:"looked"`   // at so many of them
	Classes    []ClassCount  `json:"classes"`
	Sizes      []SizeCount   `json:"sizes"` // the most frequent first
	Formats    []FormatCount `json:"formats,omitempty"`
	Duplicates [][]string    `json:"duplicates,omitempty"` // names of examples of the same content
	Unreadable []Unreadable  `json:"unreadable,omitempty"`
	// Samples are the first readable examples of each class.
	Samples [][]image.Image `json:"-"`
}

// ClassCount is a class and the number of its examples.
type ClassCount struct {
	Name       string `json:"name"`
	Examples   int    `json:"examples"`
	Unreadable int    `json:"unreadable,omitempty"`
}

// SizeCount is a size of pictures and how many have it.
type SizeCount struct {
	Width    int `json:"width"`
	Height   int `json:"height"`
	Examples int `json:"examples"`
}

// FormatCount is a kind of picture file and how many there are.
type FormatCount struct {
	Format   string `json:"format"`
	Examples int    `json:"examples"`
}

// Unreadable is an example that cannot be loaded.
type Unreadable struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// InspectOptions say how closely Inspect looks.
type InspectOptions struct {
	Limit   int // the most examples of a part that are read; 0: all
	Samples int // the most samples of a class
	// Files are the columns of a CSV file that lists pictures, Folder is where
	// its paths start; "": at the file.
	Files  config.Files
	Folder string
}

// sampleSide is the largest side of a sample, and the size that strokes are drawn at.
const sampleSide = 64

// Inspect finds out what kind of data lie at a path and reads them.
func Inspect(path string, o InspectOptions) (*Survey, error) {
	kind, which, src, err := guess(path, o)
	if err != nil {
		return nil, err
	}
	s := &Survey{Path: path, Kind: kind}
	for _, part := range which {
		p, err := inspect(part, src, o)
		if err != nil {
			return nil, err
		}
		s.Parts = append(s.Parts, *p)
	}
	return s, nil
}

// guess says what a path is a source of.
func guess(path string, o InspectOptions) (kind string, which []string, src config.Source, err error) {
	src.Paths = []string{path}
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, src, &FileError{Path: path, Err: bare(err)}
	}
	as := func(k string, parts ...string) (string, []string, config.Source, error) {
		src.Kind = k
		return k, parts, src, nil
	}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return "", nil, src, &FileError{Path: path, Err: bare(err)}
		}
		var idx, cifar [2]bool
		drawings := false
		for _, e := range entries {
			name := e.Name()
			for p, prefix := range []string{"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"} {
				idx[p] = idx[p] || strings.HasPrefix(name, prefix)
			}
			cifar[0] = cifar[0] || strings.HasPrefix(name, "data_batch_") || name == "train.bin"
			cifar[1] = cifar[1] || name == "test_batch.bin" || name == "test.bin"
			drawings = drawings || !e.IsDir() && drawFormOf(name) != nil
		}
		both := func(has [2]bool) (w []string) {
			for p, name := range []string{"train", "test"} {
				if has[p] {
					w = append(w, name)
				}
			}
			return w
		}
		switch {
		case idx[0] || idx[1]:
			return as("idx", both(idx)...)
		case cifar[0] || cifar[1]:
			return as("cifar", both(cifar)...)
		case drawings:
			return as("quickdraw", "all")
		}
		return as("folder", "all")
	}
	base := filepath.Base(path)
	switch ext := strings.ToLower(filepath.Ext(base)); {
	case ext == ".csv" || ext == ".tsv":
		if src.Files = o.Files; o.Folder != "" {
			src.Paths = append(src.Paths, o.Folder)
		}
		if ext == ".tsv" {
			src.Files.CSV.Separator = "\t"
		}
		return as("files", "all")
	case strings.Contains(base, "images-idx3-ubyte"):
		labels := strings.Replace(base, "images-idx3-ubyte", "labels-idx1-ubyte", 1)
		src.Paths = append(src.Paths, filepath.Join(filepath.Dir(path), labels))
		return as("idx", "all")
	case ext == ".bin":
		if heads, err := cifarHeads(path); err == nil && heads > 0 {
			if f := (&drawFile{path: path}); indexBinary(f, config.Drawings{First: 3}, false) != nil {
				return as("cifar", "all")
			}
		}
	}
	if drawFormOf(path) != nil {
		return as("quickdraw", "all")
	}
	return "", nil, src, fileErrorf(path, "no data that are known: want class folders, a CSV file that lists pictures, or IDX, CIFAR or Quick, Draw! files")
}

// naturalSpec is the size at which examples of a kind are looked at.
func naturalSpec(src config.Source, part string) (preprocess.Spec, error) {
	switch src.Kind {
	case "cifar":
		return preprocess.Spec{Height: cifarSide, Width: cifarSide, Channels: 3}, nil
	case "idx":
		images, _, err := idxPaths(part, src.Paths)
		if err != nil {
			return preprocess.Spec{}, err
		}
		x, err := openIDX(images, idxImages)
		if err != nil {
			return preprocess.Spec{}, err
		}
		defer x.Close()
		return preprocess.Spec{Height: x.dims[1], Width: x.dims[2], Channels: 1}, nil
	case "quickdraw":
		_, files, err := drawFiles(src, src.Paths)
		if err != nil {
			return preprocess.Spec{}, err
		}
		for _, f := range files {
			if !drawFormOf(f).strokes {
				return preprocess.Spec{Height: bitmapSide, Width: bitmapSide, Channels: 1}, nil
			}
		}
		return preprocess.Spec{Height: sampleSide, Width: sampleSide, Channels: 1}, nil
	}
	return preprocess.Spec{Height: sampleSide, Width: sampleSide, Channels: 3, Resize: true}, nil
}

// inspect reads one part.
func inspect(part string, src config.Source, o InspectOptions) (*PartSurvey, error) {
	spec, err := naturalSpec(src, part)
	if err != nil {
		return nil, err
	}
	cfg := config.Data{Height: spec.Height, Width: spec.Width, Channels: spec.Channels, OnError: "skip"}
	k, err := kindOf(src)
	if err != nil {
		return nil, err
	}
	s, err := kinds[k].open(cfg, part, src, src.Paths, spec)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	p := &PartSurvey{Part: part, Examples: s.size(), Samples: make([][]image.Image, len(s.classes()))}
	for _, name := range s.classes() {
		p.Classes = append(p.Classes, ClassCount{Name: name})
	}
	r := surveyor{p: p, s: s, spec: spec, sizes: map[image.Point]int{}, formats: map[string]int{}, same: map[[16]byte][]int32{}, scratch: NewScratch(), samples: o.Samples}
	for i := range s.size() {
		c := &p.Classes[s.label(i)]
		c.Examples++
		if o.Limit > 0 && i*o.Limit/s.size() == (i-1)*o.Limit/s.size() && i > 0 && s.size() > o.Limit {
			continue // evenly spread over the set
		}
		p.Looked++
		if err := r.look(i); err != nil {
			c.Unreadable++
			reason := err.Error()
			if fe, ok := errors.AsType[*FileError](err); ok {
				reason = fe.Err.Error() // the name says which file
			}
			p.Unreadable = append(p.Unreadable, Unreadable{Name: s.name(i), Reason: reason})
		}
	}
	r.finish()
	return p, nil
}

// surveyor looks at one example after the other.
type surveyor struct {
	p       *PartSurvey
	s       source
	spec    preprocess.Spec
	sizes   map[image.Point]int
	formats map[string]int
	same    map[[16]byte][]int32
	scratch *Scratch
	samples int
	x       []float32
	bytes   []byte
}

func (r *surveyor) look(i int) error {
	size := image.Pt(r.spec.Width, r.spec.Height)
	var sum [16]byte
	var sample image.Image
	wanted := len(r.p.Samples[r.s.label(i)]) < r.samples
	if f, ok := r.s.(*folder); ok {
		img, err := Decode(f.name(i), f.maxPixels, r.scratch)
		if err != nil {
			return err
		}
		size = img.Bounds().Size()
		if form, err := recognise(r.scratch.head); err == nil {
			r.formats[form.name]++
		}
		if sum, err = fileSum(f.name(i)); err != nil {
			return err
		}
		if wanted {
			sample = shrink(img, r.scratch)
		}
	} else {
		if r.x == nil {
			r.x = make([]float32, r.spec.Len())
			r.bytes = make([]byte, 0, 4*len(r.x))
		}
		if err := r.s.load(i, r.x, r.scratch); err != nil {
			return err
		}
		b := r.bytes[:0]
		for _, v := range r.x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		whole := sha256.Sum256(b)
		copy(sum[:], whole[:])
		if wanted {
			sample = shrink(picture(r.x, r.spec.Height, r.spec.Width, r.spec.Channels), r.scratch)
		}
	}
	r.sizes[size]++
	r.same[sum] = append(r.same[sum], int32(i))
	if wanted {
		r.p.Samples[r.s.label(i)] = append(r.p.Samples[r.s.label(i)], sample)
	}
	return nil
}

func fileSum(path string) (sum [16]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, &FileError{Path: path, Err: bare(err)}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, &FileError{Path: path, Err: bare(err)}
	}
	copy(sum[:], h.Sum(nil))
	return sum, nil
}

// shrink is a picture of at most sampleSide a side.
func shrink(img image.Image, s *Scratch) image.Image {
	b := img.Bounds()
	scale := min(1, float64(sampleSide)/float64(max(b.Dx(), b.Dy())))
	spec := preprocess.Spec{Height: max(1, int(float64(b.Dy())*scale)), Width: max(1, int(float64(b.Dx())*scale)), Channels: 3, Resize: true}
	x := make([]float32, spec.Len())
	if err := spec.Raw(x, img, &s.pre); err != nil {
		return image.NewGray(image.Rect(0, 0, 1, 1))
	}
	return picture(x, spec.Height, spec.Width, spec.Channels)
}

// finish puts what was counted in order.
func (r *surveyor) finish() {
	r.p.Sizes = sizeCounts(r.sizes)
	for name, n := range r.formats {
		r.p.Formats = append(r.p.Formats, FormatCount{name, n})
	}
	slices.SortFunc(r.p.Formats, func(a, b FormatCount) int { return strings.Compare(a.Format, b.Format) })
	var groups [][]int32
	for _, g := range r.same {
		if len(g) > 1 {
			groups = append(groups, g)
		}
	}
	slices.SortFunc(groups, func(a, b []int32) int { return int(a[0]) - int(b[0]) })
	for _, g := range groups {
		var names []string
		for _, i := range g {
			names = append(names, r.s.name(int(i)))
		}
		r.p.Duplicates = append(r.p.Duplicates, names)
	}
}

// Describe is one line about a part.
func (p *PartSurvey) Describe() string {
	text := fmt.Sprintf("%s of %s", count(p.Examples, "example"), classCount(len(p.Classes)))
	if p.Looked < p.Examples {
		text += fmt.Sprintf(", of which %d were looked at", p.Looked)
	}
	return text
}

func classCount(n int) string {
	if n == 1 {
		return "1 class"
	}
	return fmt.Sprintf("%d classes", n)
}
