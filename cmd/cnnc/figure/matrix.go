package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Confusion is the heat map of a confusion matrix: counts of examples by true
// class (row) and predicted class (column). The colour of a cell is its share of
// the row, so that a rare class is judged as a common one is. Cells large enough
// show the count.
func Confusion(title string, classes []string, counts [][]int) *Figure {
	n := len(classes)
	var probe canvas
	probe.scale = 1
	label := write{size: 8}
	names, longest := make([]string, n), 0.0
	for i, name := range classes {
		names[i] = probe.fit(name, label, 110)
		longest = max(longest, probe.width(names[i], label))
	}
	side := max(min(460/float64(n), 44), 3.2)
	// Where rows are lower than letters only some classes are named.
	every := max(1, int(math.Ceil(9/side)))
	widest := 0.0
	for _, row := range counts {
		for _, v := range row {
			widest = max(widest, probe.width(strconv.Itoa(v), write{size: 8}))
		}
	}
	const margin, head, axis, bar = 14.0, 30.0, 18.0, 62.0
	left, top := margin+axis+longest+6, head+10.0
	grid := side * float64(n)
	width := left + grid + bar + margin
	width = max(width, probe.width(title, write{size: 12, bold: true})+2*margin)
	height := top + grid + longest + axis + 18
	return &Figure{width: width, height: height, paint: func(c *canvas) {
		c.text(margin, 12, title, write{size: 12, bold: true})
		for i, row := range counts {
			total := 0
			for _, v := range row {
				total += v
			}
			for j, v := range row {
				share := 0.0
				if total > 0 {
					share = float64(v) / float64(total)
				}
				x, y := left+float64(j)*side, top+float64(i)*side
				shade := Viridis(share)
				c.fill(x, y, side, side, shade)
				if v > 0 && widest+2 <= side && side >= 10 {
					c.text(x+side/2, y+side/2, strconv.Itoa(v), write{size: 8, color: on(shade), across: -0.5, down: 0.5})
				}
			}
			if i%every == 0 {
				at := float64(i)*side + side/2
				c.text(left-5, top+at, names[i], write{size: 8, across: -1, down: 0.5})
				c.text(left+at, top+grid+5, names[i], write{size: 8, across: -1, down: 0.5, up: true})
			}
		}
		c.frame(left, top, grid, grid, 0.6, rule)
		c.text(left+grid/2, height-14, "predicted class", write{size: 9, color: soft, across: -0.5})
		c.text(margin, top+grid/2, "true class", write{size: 9, color: soft, across: -0.5, up: true})
		// The scale of the colours.
		const steps = 100
		long := min(grid, 200)
		for i := range steps {
			c.fill(left+grid+14, top+long*float64(steps-1-i)/steps, 10, long/steps+0.3, Viridis((float64(i)+0.5)/steps))
		}
		for _, tick := range []float64{0, 0.5, 1} {
			c.text(left+grid+28, top+long*(1-tick), fmt.Sprintf("%.0f %%", 100*tick), write{size: 7, color: soft, down: 1 - tick})
		}
		c.text(left+grid+14, top+long+6, "of the class", write{size: 7, color: soft})
	}}
}

// trim writes a number without trailing zeros.
func trim(v float64) string {
	s := strconv.FormatFloat(v, 'f', 6, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
