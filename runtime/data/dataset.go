package data

import (
	"fmt"
	"image"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/strokes"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// Dataset is a fixed list of labelled examples. All methods may be called
// concurrently, Load with a Scratch for each caller.
//
// Implement it to train on data of your own. One that also implements io.Closer
// is closed by Close.
type Dataset interface {
	// Len is the number of examples, at least 1.
	Len() int
	// Shape is the height, width and channels of every example.
	Shape() (height, width, channels int)
	// Classes are the class names in label order.
	Classes() []string
	// Label is the class of example i, 0 <= Label < len(Classes()).
	Label(i int) int
	// Key identifies example i wherever it stands in the list.
	Key(i int) uint64
	// Name is what messages call example i: its file, its number in a file.
	Name(i int) string
	// Load writes example i to dst [height][width][channels], values 0..255
	// before augmentation and rescaling. Every element is written.
	Load(i int, dst []float32, s *Scratch) error
}

// Scratch is memory that one goroutine uses again for each example it loads.
type Scratch struct {
	pre     preprocess.Scratch
	head    []byte // beginning of a file
	gray    image.Gray
	color   image.NRGBA // of 32x32 pixels
	row     table.RowReader
	tableOf *tableSet // that row reads
	item    []byte    // of an array
	numbers []float64 // the same, decoded
	drawn   []byte    // the strokes of a drawing, as text
	points  []float32 // the same, decoded: of each stroke all x, then all y
	ends    []int     // of the strokes in points
	lines   []strokes.Line
	plain   []float32 // an image before it is augmented
	record  []byte    // of a cache on disk
	other   []float32 // the image that it is mixed with
	// Inputs before and behind the product that whitens them.
	centered, whitened []float32
}

// NewScratch returns a Scratch for one goroutine.
func NewScratch() *Scratch { return new(Scratch) }

// pixels returns a grey picture of h rows and w columns in memory of s; its
// content is left over from the last use.
func (s *Scratch) pixels(h, w int) *image.Gray {
	if cap(s.gray.Pix) < h*w {
		s.gray.Pix = make([]uint8, h*w)
	}
	s.gray = image.Gray{Pix: s.gray.Pix[:h*w], Stride: w, Rect: image.Rect(0, 0, w, h)}
	return &s.gray
}

// FileError is an error about one file or folder.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

func fileErrorf(path, format string, args ...any) error {
	return &FileError{Path: path, Err: fmt.Errorf(format, args...)}
}

// Spec checks what a model file says about pictures and returns it as the
// preprocessing of training, evaluation and prediction alike. Of rows of a table
// it is the shape of the input only.
func Spec(cfg config.Data) (preprocess.Spec, error) {
	p := preprocess.Spec{
		Height: cfg.Height, Width: cfg.Width, Channels: cfg.Channels,
		Resize: cfg.Resize != nil,
		Scale:  float32(cfg.Rescale),
	}
	if cfg.Table != nil {
		return tableSpec(cfg)
	}
	if ofArrays(cfg) {
		return arraySpec(cfg)
	}
	const maxSide = 1 << 14
	switch {
	case p.Height < 1 || p.Width < 1 || p.Height > maxSide || p.Width > maxSide:
		return p, fmt.Errorf("input is %dx%d; height and width of pictures must be 1..%d", p.Height, p.Width, maxSide)
	case cfg.Resize != nil && *cfg.Resize != config.Size{Height: p.Height, Width: p.Width}:
		return p, fmt.Errorf("resize %dx%d does not give the network's input %dx%d", cfg.Resize.Height, cfg.Resize.Width, p.Height, p.Width)
	case cfg.Color != "" && cfg.Color != "gray" && cfg.Color != "rgb":
		return p, fmt.Errorf("colour is %q, want gray or rgb", cfg.Color)
	case p.Channels != 1 && p.Channels != 3:
		return p, fmt.Errorf("input has %d channels; pictures can fill 1 (gray) or 3 (rgb)", p.Channels)
	case cfg.Color == "gray" && p.Channels != 1, cfg.Color == "rgb" && p.Channels != 3:
		return p, fmt.Errorf("pictures are made %s, but the network's input has %d channels", cfg.Color, p.Channels)
	case cfg.Rescale-cfg.Rescale != 0 || float64(p.Scale)-float64(p.Scale) != 0:
		return p, fmt.Errorf("rescale is %v, want a finite number", cfg.Rescale)
	case cfg.OnError != "" && cfg.OnError != "stop" && cfg.OnError != "skip":
		return p, fmt.Errorf("on_error is %q, want stop or skip", cfg.OnError)
	case cfg.MaxPixels < 0:
		return p, fmt.Errorf("the pixel limit is %d, want a positive number", cfg.MaxPixels)
	}
	return p, nil
}
