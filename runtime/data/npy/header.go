package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

const (
	magic = "\x93NUMPY"
	// maxHeader is the longest header text, in bytes.
	maxHeader = 1 << 16
	// maxRank is the most axes.
	maxRank = 32
)

// header is what a file says about its array.
type header struct {
	kind   byte // 'u', 'i', 'f' or 'b'
	size   int  // bytes of a number
	order  binary.ByteOrder
	shape  []int
	length int64 // of the header, in bytes
}

// readHeader reads the beginning of a file.
func readHeader(r io.Reader) (*header, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:10]); err != nil || string(head[:6]) != magic {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, errors.New("not a .npy file: it does not begin with \\x93NUMPY")
	}
	length, fixed := int64(binary.LittleEndian.Uint16(head[8:])), int64(10)
	switch major := head[6]; major {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, head[10:]); err != nil {
			return nil, errors.New("the file ends within its header")
		}
		length, fixed = int64(binary.LittleEndian.Uint32(head[8:])), 12
	default:
		return nil, fmt.Errorf("version %d of the .npy format is not known; known are 1 to 3", major)
	}
	if length > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes; the limit is %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, errors.New("the file ends within its header")
	}
	h := &header{length: fixed + length}
	return h, h.parse(string(text))
}

// parse reads the header, which is a dictionary as Python writes it.
func (h *header) parse(text string) error {
	p := &parser{rest: text}
	seen := map[string]bool{}
	p.expect("{")
	for p.err == nil && !p.skip("}") {
		key := p.quoted()
		p.expect(":")
		if seen[key] {
			p.failf("%s twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			h.dtype(p)
		case "fortran_order":
			switch {
			case p.skip("False"):
			case p.skip("True"):
				return errors.New("the array is in Fortran order; save numpy.ascontiguousarray of it")
			default:
				p.failf("fortran_order is neither True nor False")
			}
		case "shape":
			h.shape = p.tuple()
		default:
			p.failf("an unknown key %q", key)
		}
		if !p.skip(",") {
			p.expect("}")
			break
		}
	}
	if p.err == nil && (!seen["descr"] || !seen["fortran_order"] || !seen["shape"]) {
		p.failf("type, order or shape is missing")
	}
	return p.err
}

// dtype reads the type of the numbers, such as '<f4'.
func (h *header) dtype(p *parser) {
	if p.peek("[") {
		p.err = errors.New("arrays of records are not supported")
		return
	}
	text := p.quoted()
	if p.err != nil {
		return
	}
	order, rest := text[:min(1, len(text))], text[min(1, len(text)):]
	switch order {
	case "<", "|", "=":
		h.order = binary.LittleEndian
	case ">":
		h.order = binary.BigEndian
	default:
		p.err = fmt.Errorf("the type %q of the numbers is not supported", text)
		return
	}
	switch rest {
	case "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1":
		h.kind, h.size = rest[0], int(rest[1]-'0')
	default:
		p.err = fmt.Errorf("the type %q of the numbers is not supported; supported are whole numbers, floats and booleans", text)
	}
}

// count is the number of numbers, or an error when nothing could hold so many.
func (h *header) count() (int64, error) {
	n := uint64(1)
	for _, side := range h.shape {
		hi, lo := bits.Mul64(n, uint64(side))
		if hi != 0 || lo > math.MaxInt64/16 {
			return 0, fmt.Errorf("the header says %s, which no file can hold", ShapeText(h.shape))
		}
		n = lo
	}
	return int64(n), nil
}

// ShapeText writes a shape as NumPy does: (20, 784).
func ShapeText(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = strconv.Itoa(n)
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// parser reads the dictionary; after an error it does nothing more.
type parser struct {
	rest string
	err  error
}

func (p *parser) failf(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("the header is not one of NumPy: "+format, args...)
	}
}

// peek reports whether the word comes next.
func (p *parser) peek(word string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	return p.err == nil && strings.HasPrefix(p.rest, word)
}

// skip takes the word if it comes next.
func (p *parser) skip(word string) bool {
	ok := p.peek(word)
	if ok {
		p.rest = p.rest[len(word):]
	}
	return ok
}

func (p *parser) expect(word string) {
	if !p.skip(word) {
		p.failf("%s is missing", word)
	}
}

// quoted reads a text without escapes.
func (p *parser) quoted() string {
	for _, q := range []string{"'", `"`} {
		if p.skip(q) {
			text, rest, ok := strings.Cut(p.rest, q)
			if !ok || strings.Contains(text, `\`) {
				break
			}
			p.rest = rest
			return text
		}
	}
	p.failf("a text in quotes is missing")
	return ""
}

// tuple reads (2, 3).
func (p *parser) tuple() []int {
	shape := []int{}
	p.expect("(")
	for p.err == nil && !p.skip(")") {
		p.rest = strings.TrimLeft(p.rest, " ")
		end := 0
		for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(p.rest[:end], 10, 64)
		if err != nil || n > math.MaxInt64/16 || int64(int(n)) != n {
			p.failf("a size of the shape cannot be read")
			break
		}
		p.rest = strings.TrimPrefix(p.rest[end:], "L") // as Python 2 wrote them
		if shape = append(shape, int(n)); len(shape) > maxRank {
			p.failf("more than %d axes", maxRank)
		}
		if !p.skip(",") {
			p.expect(")")
			break
		}
	}
	return shape
}
