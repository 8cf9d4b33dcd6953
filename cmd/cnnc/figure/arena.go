package figure

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// Program is the plan of one program's memory, for Arena.
type Program struct {
	// Title says which program it is, Note what it adds up to.
	Title, Note string
	// Calls are the names of the kernel calls, in order.
	Calls []string
	// Backward is the first call of the backward pass, len(Calls) for none.
	Backward int
	Buffers  []Span
	// Bytes is the size of the arena.
	Bytes int64
}

// Span is one buffer: which memory it takes from call First to call Last.
type Span struct {
	Name          string
	First, Last   int
	Offset, Bytes int64
}

// Live returns, for each call, the bytes of the buffers that live during it.
func (p *Program) Live() []int64 {
	live := make([]int64, len(p.Calls))
	for _, b := range p.Buffers {
		for i := b.First; i <= b.Last && i < len(live); i++ {
			live[i] += b.Bytes
		}
	}
	return live
}

// Measures of the arena figure, in points.
const (
	arenaLeft   = 62.0
	arenaTop    = 54.0
	arenaRight  = 16.0
	arenaKey    = 11.0 // height of a line of the key
	arenaFont   = 7.0
	callNameMax = 70.0
)

// Arena is a map of planned memory: time, counted in calls, runs to the right,
// addresses upwards, and every buffer is a box. A line shows the memory in use
// during each call. Boxes too small for their name are numbered and listed below.
func Arena(programs ...Program) *Figure {
	width, height := 860.0, 6.0
	for _, p := range programs {
		width = max(width, min(arenaLeft+arenaRight+13*float64(len(p.Calls)), 1500))
	}
	heights := make([]float64, len(programs))
	for i := range programs {
		m := lay(&programs[i], width, 260)
		heights[i] = arenaTop + 260 + callNameMax + 16 + m.key
		height += heights[i]
	}
	return &Figure{width: width, height: height, paint: func(c *canvas) {
		y := 6.0
		for i := range programs {
			paintProgram(c, &programs[i], y)
			y += heights[i]
		}
	}}
}

// layout is where the boxes of a program are.
type layout struct {
	call, byte float64 // points a call, points a byte
	numbered   []int   // buffers whose name does not fit their box
	turned     map[int]bool
	columns    int
	key        float64 // height
}

func lay(p *Program, width, height float64) layout {
	var probe canvas
	probe.scale = 1
	m := layout{turned: map[int]bool{}}
	m.call = (width - arenaLeft - arenaRight) / float64(max(len(p.Calls), 1))
	m.byte = height / float64(max(p.Bytes, 1))
	for i, b := range p.Buffers {
		w, h := float64(b.Last-b.First+1)*m.call-3, float64(b.Bytes)*m.byte-2
		long := probe.width(b.Name, write{size: arenaFont})
		switch {
		case long <= w && arenaFont <= h:
		case long <= h && arenaFont <= w:
			m.turned[i] = true
		default:
			m.numbered = append(m.numbered, i)
		}
	}
	if len(m.numbered) > 0 {
		m.columns = max(1, int((width-arenaLeft-arenaRight)/200))
		rows := (len(m.numbered) + m.columns - 1) / m.columns
		m.key = float64(rows)*arenaKey + 8
	}
	return m
}

// paintProgram draws one program from y down.
func paintProgram(c *canvas, p *Program, y float64) {
	const plotH = 260.0
	m := lay(p, c.w, plotH)
	c.text(arenaLeft, y+8, p.Title, write{size: 12, bold: true})
	c.text(arenaLeft, y+24, c.fit(p.Note, write{size: 8.5}, c.w-arenaLeft-arenaRight), write{size: 8.5, color: soft})
	top := y + arenaTop
	x := func(call float64) float64 { return arenaLeft + call*m.call }
	at := func(bytes int64) float64 { return top + plotH - float64(bytes)*m.byte }
	right := x(float64(len(p.Calls)))
	c.fill(arenaLeft, top, right-arenaLeft, plotH, color.RGBA{246, 246, 246, 255})
	// Addresses.
	step := addressStep(p.Bytes)
	for v := int64(0); v <= p.Bytes; v += step {
		c.line([][2]float64{{arenaLeft - 3, at(v)}, {right, at(v)}}, 0.4, color.RGBA{222, 222, 222, 255})
		if p.Bytes-v > step/3 || v == 0 { // the size of the arena stands above
			c.text(arenaLeft-6, at(v), size(v), write{size: 7, color: soft, across: -1, down: 0.5})
		}
	}
	if p.Backward > 0 && p.Backward < len(p.Calls) {
		c.line([][2]float64{{x(float64(p.Backward)), top - 8}, {x(float64(p.Backward)), top + plotH}}, 0.8, soft, 2, 2)
		c.text(x(float64(p.Backward))-4, top-9, "forward", write{size: 7, color: soft, across: -1})
		c.text(x(float64(p.Backward))+4, top-9, "backward", write{size: 7, color: soft})
	}
	number := make(map[int]int, len(m.numbered))
	for k, i := range m.numbered {
		number[i] = k + 1
	}
	for i, b := range p.Buffers {
		bx, by := x(float64(b.First)), at(b.Offset+b.Bytes)
		w, h := x(float64(b.Last+1))-bx, at(b.Offset)-by
		shade := pale(series[i%len(series)])
		c.fill(bx, by, w, h, shade)
		c.frame(bx, by, w, h, 0.5, white)
	}
	// Memory in use.
	var line [][2]float64
	peak, where := int64(0), 0
	for i, v := range p.Live() {
		line = append(line, [2]float64{x(float64(i)), at(v)}, [2]float64{x(float64(i + 1)), at(v)})
		if v > peak {
			peak, where = v, i
		}
	}
	c.line(line, 1.1, color.RGBA{180, 0, 60, 255})
	// Names over everything.
	for i, b := range p.Buffers {
		bx, by := x(float64(b.First)), at(b.Offset+b.Bytes)
		w, h := x(float64(b.Last+1))-bx, at(b.Offset)-by
		label := write{size: arenaFont, color: ink, across: -0.5, down: 0.5}
		switch k := number[i]; {
		case k == 0 && m.turned[i]:
			label.up = true
			c.text(bx+w/2, by+h/2, b.Name, label)
		case k == 0:
			c.text(bx+w/2, by+h/2, b.Name, label)
		default:
			label.size = min(arenaFont, h-1, 1.6*(w-1))
			if label.size >= 3 && c.width(strconv.Itoa(k), label) <= w {
				c.text(bx+w/2, by+h/2, strconv.Itoa(k), label)
			}
		}
	}
	c.line([][2]float64{{arenaLeft, top}, {right, top}}, 0.8, ink)
	c.text(arenaLeft-6, top, size(p.Bytes), write{size: 7, bold: true, across: -1, down: 0.5})
	if len(p.Calls) > 0 {
		mark := fmt.Sprintf("in use at most: %s, in %s", size(peak), p.Calls[where])
		w := c.width(mark, write{size: 7})
		above := top - 10
		if p.Backward < len(p.Calls) {
			above -= 10 // of where the backward pass begins
		}
		c.text(min(max(x(float64(where)+0.5)-w/2, arenaLeft), right-w), above, mark, write{size: 7, color: color.RGBA{180, 0, 60, 255}})
	}
	// Calls.
	every := max(1, int(math.Ceil(8.5/m.call)))
	for i := 0; i < len(p.Calls); i += every {
		name := write{size: 6.5, color: soft, across: -1, down: 0.5, up: true}
		c.text(x(float64(i)+0.5), top+plotH+5, c.fit(p.Calls[i], name, callNameMax), name)
	}
	// What the numbers stand for.
	for k, i := range m.numbered {
		b := p.Buffers[i]
		rows := (len(m.numbered) + m.columns - 1) / m.columns
		kx := arenaLeft + float64(k/rows)*(c.w-arenaLeft-arenaRight)/float64(m.columns)
		ky := top + plotH + callNameMax + 14 + float64(k%rows)*arenaKey
		text := fmt.Sprintf("%d  %s, %s at %s", k+1, b.Name, size(b.Bytes), size(b.Offset))
		key := write{size: arenaFont, color: ink}
		c.fill(kx, ky-1, 6, 7, pale(series[i%len(series)]))
		c.text(kx+10, ky, c.fit(text, key, (c.w-arenaLeft-arenaRight)/float64(m.columns)-14), key)
	}
}

// pale is a light form of a colour, on which dark text can be read.
func pale(c color.RGBA) color.RGBA {
	mix := func(v uint8) uint8 { return uint8((2*int(v) + 3*255) / 5) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

// addressStep is a distance of at least an eighth of the arena: a power of two
// times 1 or more.
func addressStep(bytes int64) int64 {
	step := int64(64)
	for bytes/step > 8 {
		step *= 2
	}
	return step
}

// size writes an amount of memory.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.3g MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.3g KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
