package data

import (
	"bufio"
	"image"
	"slices"
)

// PictureSizes counts the sizes that the picture files of a set have, the most
// frequent first, before they are resized: of at most looks files, spread evenly
// over the set, of which the beginnings are read. Files that cannot be read do not
// count. It is nil for sets that are not made of picture files.
func PictureSizes(set Dataset, looks int) []SizeCount {
	p, ok := set.(*part)
	if !ok {
		return nil
	}
	if _, ok := p.src.source.(*folder); !ok {
		return nil
	}
	n := min(p.Len(), looks)
	counts := map[image.Point]int{}
	for k := range n {
		if size, err := pictureSize(p.Name(k * p.Len() / n)); err == nil {
			counts[size]++
		}
	}
	return sizeCounts(counts)
}

// pictureSize reads the size of a picture from the head of its file.
func pictureSize(path string) (image.Point, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return image.Point{}, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	head, err := r.Peek(64)
	if len(head) == 0 {
		return image.Point{}, err
	}
	form, err := recognise(head)
	if err != nil {
		return image.Point{}, err
	}
	c, err := form.config(r)
	return image.Pt(c.Width, c.Height), err
}

// sizeCounts puts sizes in order.
func sizeCounts(counts map[image.Point]int) []SizeCount {
	var sizes []SizeCount
	for size, n := range counts {
		sizes = append(sizes, SizeCount{Width: size.X, Height: size.Y, Examples: n})
	}
	slices.SortFunc(sizes, func(a, b SizeCount) int {
		if a.Examples != b.Examples {
			return b.Examples - a.Examples
		}
		if a.Width != b.Width {
			return a.Width - b.Width
		}
		return a.Height - b.Height
	})
	return sizes
}
