package page

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// drawing is an SVG picture under way.
type drawing struct {
	b strings.Builder
	// width and height are those of the view box. Text is 12 to 14 of its units
	// high, so a drawing is legible from 0.7 of its width on.
	width, height float64
}

// open writes an element with attributes, name and value in turns, and leaves it
// open; values are strings, which are escaped, or numbers.
func (d *drawing) open(name string, attributes ...any) {
	d.start(name, attributes)
	d.b.WriteByte('>')
}

func (d *drawing) start(name string, attributes []any) {
	d.b.WriteByte('<')
	d.b.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(&d.b, ` %s="`, attributes[i])
		switch v := attributes[i+1].(type) {
		case string:
			d.text(v)
		case int:
			d.b.WriteString(strconv.Itoa(v))
		case float64:
			d.b.WriteString(coordinate(v))
		default:
			panic(fmt.Sprintf("page: attribute of type %T", v))
		}
		d.b.WriteByte('"')
	}
}

func (d *drawing) close(name string) { d.b.WriteString("</" + name + ">\n") }

// element writes an element with text, which may be empty, in it.
func (d *drawing) element(name, text string, attributes ...any) {
	d.start(name, attributes)
	if text == "" {
		d.b.WriteString("/>\n")
		return
	}
	d.b.WriteByte('>')
	d.text(text)
	d.close(name)
}

// hinted writes an element that says hint when it is pointed at.
func (d *drawing) hinted(name, hint string, attributes ...any) {
	d.open(name, attributes...)
	d.element("title", hint)
	d.close(name)
}

// text writes escaped text; what XML forbids becomes U+FFFD.
func (d *drawing) text(s string) { xml.EscapeText(&d.b, []byte(s)) }

// label writes text at a point; anchor is "start", "middle" or "end". Text wider
// than room is cut, and then whole when it is pointed at; room 0 is any width.
func (d *drawing) label(x, y float64, class, anchor, text string, room float64) {
	short := text
	if room > 0 {
		short = fit(text, room)
	}
	attributes := []any{"x", x, "y", y, "text-anchor", anchor}
	if class != "" {
		attributes = append(attributes, "class", class)
	}
	d.open("text", attributes...)
	d.text(short)
	if short != text {
		d.element("title", text)
	}
	d.close("text")
}

// html is the whole drawing with a title and a description for those who do not
// see it, in a box that scrolls where even the smallest legible size is too wide.
func (d *drawing) html(title, description string) template.HTML {
	var out drawing
	out.open("div", "class", "scroll", "tabindex", "0")
	out.open("svg", "xmlns", "http://www.w3.org/2000/svg", "class", "chart", "role", "img",
		"viewBox", fmt.Sprintf("0 0 %s %s", coordinate(d.width), coordinate(d.height)),
		"style", fmt.Sprintf("min-width:%.0fpx;max-width:%.0fpx", 0.7*d.width, 1.25*d.width))
	out.b.WriteByte('\n')
	out.element("title", title)
	if description != "" {
		out.element("desc", description)
	}
	out.b.WriteString(d.b.String())
	out.close("svg")
	out.close("div")
	return template.HTML(out.b.String())
}

// coordinate writes a number with a precision that the eye cannot beat.
func coordinate(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		panic("page: a coordinate that is not finite")
	}
	v = math.Round(v*100) / 100
	return strconv.FormatFloat(v+0, 'f', -1, 64)
}

// textWidth is about how wide text of 13 units is, rather more than less: what
// font the reader has is not known.
func textWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljtfrI1.,:;|!'()[] ", r):
			w += 5.2
		case r < 0x80 && !(r >= 'A' && r <= 'Z') && r != 'm' && r != 'w':
			w += 8.2
		case r < 0x500:
			w += 10.5
		default:
			w += 13.5
		}
	}
	return w
}

// fit cuts text that is wider than room.
func fit(s string, room float64) string {
	if textWidth(s) <= room {
		return s
	}
	for len(s) > 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		if textWidth(s)+13 <= room {
			break
		}
	}
	return strings.TrimRight(s, " ") + "…"
}
