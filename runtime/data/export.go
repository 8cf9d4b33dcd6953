package data

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cnnc/cnnc/runtime/durable"
)

// Export writes the examples of a data set as PNG files DIR/CLASS/NNNNN.png,
// numbered from 0 within each class: class folders that Kind "folder" reads.
// perClass > 0 ends after so many of each class. Files that are there already
// are replaced, each at once: none is ever half written. It returns the number
// of files.
func Export(set Dataset, dir string, perClass int) (int, error) {
	h, w, c := set.Shape()
	if c != 1 && c != 3 {
		return 0, fmt.Errorf("examples have %d channels; PNG files are written of 1 or 3", c)
	}
	classes := set.Classes()
	if len(classes) == 0 {
		return 0, errors.New("examples have no classes, which the folders would be of")
	}
	for _, name := range classes {
		// A class name becomes a folder; one from a file must not lead elsewhere.
		if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\:`) {
			return 0, fmt.Errorf("class %q cannot be the name of a folder", name)
		}
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			return 0, err
		}
	}
	x := make([]float32, h*w*c)
	number := make([]int, len(classes))
	s := NewScratch()
	files := 0
	for i := range set.Len() {
		label := set.Label(i)
		if perClass > 0 && number[label] >= perClass {
			continue
		}
		if err := set.Load(i, x, s); err != nil {
			return files, err
		}
		path := filepath.Join(dir, classes[label], fmt.Sprintf("%05d.png", number[label]))
		m := picture(x, h, w, c)
		if err := durable.WriteFile(path, func(w io.Writer) error { return png.Encode(w, m) }); err != nil {
			return files, err
		}
		number[label]++
		files++
	}
	return files, nil
}

// picture is x [h][w][c], 0..255, in 8 bits, rounded.
func picture(x []float32, h, w, c int) image.Image {
	byteOf := func(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	if c == 1 {
		m := image.NewGray(image.Rect(0, 0, w, h))
		for i, v := range x {
			m.Pix[i] = byteOf(v)
		}
		return m
	}
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range h * w {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = byteOf(x[3*i]), byteOf(x[3*i+1]), byteOf(x[3*i+2]), 255
	}
	return m
}
