package job

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/terminal"
)

// bars writes the labels of a picture below its name, each with its probability as
// a bar: for people in front of a terminal.
type bars struct {
	width int // of the terminal, in columns
	color bool
}

// Widths of what stands beside a bar, in columns.
const (
	percentWidth = 8
	longestBar   = 40
	longestLabel = 24
)

// eighths are the ends of bars, which grow by an eighth of a column.
var eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// write writes the labels of one picture. Of scores that are no probabilities the
// number is shown, and bars are relative to the largest.
func (b *bars) write(w io.Writer, file string, labels []string, scores []float32, first []int, logits bool) error {
	var out strings.Builder
	to := terminal.Fixed(b.width, 0, b.color)
	fmt.Fprintf(&out, "%s\n", terminal.CutFront(terminal.Printable(file), b.width-1))
	name := 0
	for _, c := range first {
		name = max(name, terminal.Width(terminal.Printable(labels[c])))
	}
	name = min(name, longestLabel, max(b.width/3, 4))
	room := min(longestBar, b.width-1-2-name-percentWidth-2)
	for i, c := range first {
		share := float64(scores[c])
		number := fmt.Sprintf("%6.1f %%", 100*share)
		if logits {
			number = fmt.Sprintf("%8.3f", share)
			share /= max(float64(scores[first[0]]), 1e-30)
		}
		fmt.Fprintf(&out, "  %s %s", terminal.Pad(terminal.CutFront(terminal.Printable(labels[c]), name), name), number)
		if bar := blocks(share, room); bar != "" {
			style := terminal.Plain
			if i == 0 {
				style = terminal.Green
			}
			out.WriteString(" " + to.Paint(style, bar))
		}
		out.WriteString("\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// blocks is a share from 0 to 1 of so many columns.
func blocks(share float64, room int) string {
	if room < 4 || !(share > 0) {
		return ""
	}
	n := int(min(share, 1)*float64(8*room) + 0.5)
	return strings.Repeat("█", n/8) + eighths[n%8]
}

// canvas draws small pictures of characters.
type canvas struct {
	width int
	color bool
}

// widest is the most columns that a picture takes.
const widest = 48

// ramp are characters from black to white, on a dark ground.
const ramp = " .:-=+*#%@"

// picture draws what the network gets: half a character a pixel in colours, or
// characters from dark to light, one for the two pixels below each other that are as
// high as it. Larger pictures are shrunk by means.
func (l *labelWriter) picture(x []float32, spec preprocess.Spec) error {
	if l.json != nil || l.csv != nil {
		return nil
	}
	columns := max(1, min(spec.Width, widest, l.show.width-3))
	rows := max(1, (spec.Height*columns+spec.Width/2)/spec.Width)
	low, high := float32(0), float32(255)
	if spec.Scale != 0 {
		high *= spec.Scale
	}
	if spec.After != nil { // standardized: from the lowest value to the highest
		low, high = slices.Min(x), slices.Max(x)
	}
	if high == low {
		high = low + 1
	}
	// mean is the colour of the pixels of the network that fall on one of these.
	mean := func(row, column int) (c [3]int) {
		if row >= rows {
			return c
		}
		y0, y1 := row*spec.Height/rows, max((row+1)*spec.Height/rows, row*spec.Height/rows+1)
		x0, x1 := column*spec.Width/columns, max((column+1)*spec.Width/columns, column*spec.Width/columns+1)
		var sum [3]float32
		for y := y0; y < y1; y++ {
			for px := x0; px < x1; px++ {
				for k := range sum {
					sum[k] += x[(y*spec.Width+px)*spec.Channels+k%spec.Channels]
				}
			}
		}
		for k := range c {
			v := (sum[k]/float32((y1-y0)*(x1-x0)) - low) / (high - low)
			c[k] = int(255*min(max(v, 0), 1) + 0.5)
		}
		return c
	}
	var out strings.Builder
	for row := 0; row < rows; row += 2 {
		out.WriteString("  ")
		for column := range columns {
			up, down := mean(row, column), mean(row+1, column)
			if l.show.color {
				fmt.Fprintf(&out, "\x1b[38;5;%d;48;5;%dm▀", palette(up), palette(down))
				continue
			}
			if row+1 >= rows {
				down = up
			}
			light := (brightness(up) + brightness(down)) / 2
			out.WriteByte(ramp[min(light*len(ramp)/256, len(ramp)-1)])
		}
		if l.show.color {
			out.WriteString("\x1b[0m")
		}
		out.WriteString("\n")
	}
	_, err := io.WriteString(l.w, out.String())
	return err
}

// brightness is the luma of a colour, 0..255.
func brightness(c [3]int) int { return (299*c[0] + 587*c[1] + 114*c[2]) / 1000 }

// palette is the nearest of the 256 colours of terminals: 24 greys, or the cube of
// 6x6x6.
func palette(c [3]int) int {
	if c[0] == c[1] && c[1] == c[2] {
		switch g := (c[0] - 3) / 10; {
		case c[0] < 4:
			return 16
		case g > 23:
			return 231
		default:
			return 232 + max(g, 0)
		}
	}
	at := func(v int) int {
		if v < 48 {
			return 0
		}
		return min(max((v-35)/40, 1), 5)
	}
	return 16 + 36*at(c[0]) + 6*at(c[1]) + at(c[2])
}
