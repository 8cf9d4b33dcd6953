package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/strokes"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// indexJSON finds the lines of an .ndjson file that are not blank. What they say
// is read when they are loaded, unless there is a filter.
func indexJSON(f *drawFile, o config.Drawings, _ bool) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	defer f.close()
	r := bufio.NewReaderSize(file, 1<<18)
	f.at = []int64{}
	var at int64
	if mark, _ := r.Peek(3); bytes.Equal(mark, byteOrderMark) {
		r.Discard(3)
		at = 3
	}
	var line []byte // only for the filter
	for number := 1; o.First <= 0 || len(f.at) < o.First; number++ {
		length, blank, more := int64(0), true, true
		line = line[:0]
		for more {
			part, err := r.ReadSlice('\n')
			if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
				return bare(err)
			}
			more = err == bufio.ErrBufferFull
			length += int64(len(part))
			blank = blank && len(bytes.TrimSpace(part)) == 0
			if length > maxDrawing {
				return fmt.Errorf("line %d is longer than %d bytes", number, maxDrawing)
			}
			if o.Recognized != "" {
				line = append(line, part...)
			}
			if err == io.EOF && length == 0 {
				return nil
			}
		}
		if !blank && wanted(line, o.Recognized) {
			f.at = append(f.at, at)
		}
		at += length
	}
	return nil
}

// wanted says whether a line passes the filter. One that cannot be read does:
// loading it says what is wrong.
func wanted(line []byte, recognized string) bool {
	if recognized == "" {
		return true
	}
	var d struct{ Recognized *bool }
	if json.Unmarshal(line, &d) != nil || d.Recognized == nil {
		return true
	}
	return *d.Recognized == (recognized == "yes")
}

// jsonLines reads drawing i.
func jsonLines(f *drawFile, i int, s *Scratch) ([]strokes.Line, error) {
	file, err := f.open()
	if err != nil {
		return nil, err
	}
	line, err := s.lineAt(file, f.at[i])
	if err == nil {
		err = s.parseJSON(line)
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", lineNumber(file, f.at[i]), err)
	}
	return s.drawing(), nil
}

// lineAt reads the line that begins at a place of the file.
func (s *Scratch) lineAt(file *os.File, at int64) ([]byte, error) {
	have := 0
	for size := 4 << 10; ; size *= 4 {
		if cap(s.item) < size {
			s.item = append(make([]byte, 0, size), s.item[:have]...)
		}
		b := s.item[:size]
		n, err := file.ReadAt(b[have:], at+int64(have))
		if err != nil && err != io.EOF {
			return nil, bare(err)
		}
		if k := bytes.IndexByte(b[have:have+n], '\n'); k >= 0 {
			return b[:have+k], nil
		}
		have += n
		switch {
		case err == io.EOF:
			return b[:have], nil
		case have > maxDrawing:
			return nil, fmt.Errorf("longer than %d bytes", maxDrawing)
		}
		s.item = b
	}
}

// lineNumber is the number of the line that begins at a place, from 1.
func lineNumber(file *os.File, at int64) int {
	n := 1
	buf := make([]byte, 1<<16)
	for from := int64(0); from < at; {
		k, err := file.ReadAt(buf[:min(int64(len(buf)), at-from)], from)
		n += bytes.Count(buf[:k], []byte{'\n'})
		if from += int64(k); err != nil || k == 0 {
			break
		}
	}
	return n
}

// parseJSON reads a drawing, simplified or raw, into the points of s.
func (s *Scratch) parseJSON(line []byte) error {
	var d struct{ Drawing json.RawMessage }
	d.Drawing = s.drawn[:0]
	if err := json.Unmarshal(line, &d); err != nil {
		return fmt.Errorf("not a drawing: %w", err)
	}
	if len(d.Drawing) == 0 || string(d.Drawing) == "null" {
		return errors.New(`there is no "drawing"`)
	}
	s.drawn = d.Drawing
	s.points, s.ends = s.points[:0], s.ends[:0]
	p := numbers{b: d.Drawing}
	raw := false
	err := p.list(func(stroke int) error {
		from, times := len(s.points), -1
		var length [2]int
		axes := 0
		err := p.list(func(axis int) error {
			axes++
			if axis > 2 {
				return errors.New("more than the lists of x, y and times")
			}
			n := 0
			err := p.list(func(int) error {
				v, err := p.number()
				n++
				if axis < 2 {
					s.points = append(s.points, v)
				}
				return err
			})
			if axis < 2 {
				length[axis] = n
			} else {
				times = n
			}
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("stroke %d: %w", stroke, err)
		case axes < 2:
			return fmt.Errorf("stroke %d has no list of x and one of y", stroke)
		case length[0] != length[1]:
			return fmt.Errorf("stroke %d has %d x and %d y", stroke, length[0], length[1])
		case stroke > 0 && raw != (times >= 0):
			return fmt.Errorf("stroke %d: some strokes have times, others have none", stroke)
		case times >= 0 && times != length[0]:
			return fmt.Errorf("stroke %d has %d points and %d times", stroke, length[0], times)
		}
		raw = times >= 0
		if len(s.points) > from {
			s.ends = append(s.ends, len(s.points))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(s.points) == 0:
		return errors.New("an empty drawing")
	case raw:
		s.fit()
		return nil
	}
	for _, v := range s.points {
		if !(v >= 0 && v <= 255) {
			return fmt.Errorf("coordinate %v is outside 0..255, where simplified drawings lie", v)
		}
	}
	return nil
}

// fit moves and scales a raw drawing as simplified ones are: the smallest x and y
// are 0, the longer side reaches 255 (spec: data, ndjson).
func (s *Scratch) fit() {
	low := [2]float32{math.MaxFloat32, math.MaxFloat32}
	high := [2]float32{-math.MaxFloat32, -math.MaxFloat32}
	axes := func(do func(axis int, v *float32)) {
		from := 0
		for _, end := range s.ends {
			half := (from + end) / 2
			for i := from; i < end; i++ {
				axis := 0
				if i >= half {
					axis = 1
				}
				do(axis, &s.points[i])
			}
			from = end
		}
	}
	axes(func(a int, v *float32) { low[a], high[a] = min(low[a], *v), max(high[a], *v) })
	scale := float32(1)
	if longer := max(high[0]-low[0], high[1]-low[1]); longer > 0 {
		scale = 255 / longer
	}
	axes(func(a int, v *float32) { *v = min(max((*v-low[a])*scale, 0), 255) })
}

// maxNumber bounds the coordinates of raw drawings, which are pixels of a screen,
// and times in milliseconds.
const maxNumber = 1e15

// numbers reads nested lists of numbers from text that is JSON already.
type numbers struct {
	b  []byte
	at int
}

// next passes over white space and returns the byte that follows.
func (p *numbers) next() byte {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; c {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return c
		}
	}
	return 0
}

// list calls item for each item of a list.
func (p *numbers) list(item func(i int) error) error {
	if p.next() != '[' {
		return errors.New(`"drawing" is not a list of strokes with a list of x and one of y each`)
	}
	p.at++
	for i := 0; p.next() != ']'; i++ {
		if i > 0 {
			if p.next() != ',' {
				return errors.New(`"drawing" has something other than numbers`)
			}
			p.at++
		}
		if err := item(i); err != nil {
			return err
		}
	}
	p.at++
	return nil
}

func (p *numbers) number() (float32, error) {
	p.next()
	from, whole, v := p.at, true, 0
	for ; p.at < len(p.b); p.at++ {
		c := p.b[p.at]
		if c >= '0' && c <= '9' {
			v = v*10 + int(c-'0')
			continue
		}
		if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		whole = false
	}
	text := p.b[from:p.at]
	if whole && len(text) > 0 && len(text) <= 6 {
		return float32(v), nil
	}
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || len(text) == 0 {
		return 0, errors.New(`"drawing" has something other than numbers`)
	}
	if !(math.Abs(x) <= maxNumber) {
		return 0, fmt.Errorf("the number %s is too large", text)
	}
	return float32(x), nil
}
