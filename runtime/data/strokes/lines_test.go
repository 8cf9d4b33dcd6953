package strokes

import (
	"bytes"
	"testing"
)

// RenderLines draws what Render draws, and between the points of its grid.
func TestRenderLines(t *testing.T) {
	d := Drawing{{X: []uint8{3, 200, 90}, Y: []uint8{255, 7, 60}}, {X: []uint8{128}, Y: []uint8{19}}, {}}
	var lines []Line
	for _, s := range d {
		var l Line
		for i := range s.X {
			l.X, l.Y = append(l.X, float32(s.X[i])), append(l.Y, float32(s.Y[i]))
		}
		lines = append(lines, l)
	}
	const h, w = 31, 43
	a, b := make([]uint8, h*w), bytes.Repeat([]byte{9}, h*w)
	for _, style := range []Style{QuickDraw, {Width: 2}, {Width: 40, Hard: true, Padding: 3}} {
		Render(a, h, w, d, style)
		RenderLines(b, h, w, lines, style)
		if !bytes.Equal(a, b) {
			t.Errorf("%+v: other pictures", style)
		}
	}
	lines[0].X[1] += 0.5
	RenderLines(b, h, w, lines, QuickDraw)
	Render(a, h, w, d, QuickDraw)
	if bytes.Equal(a, b) {
		t.Error("half a unit makes no difference")
	}
}

// Without anti-aliasing pixels are black or white, about as many of them white as
// the line covers, and a thin line does not vanish.
func TestHard(t *testing.T) {
	d := Drawing{{X: []uint8{0, 255}, Y: []uint8{40, 210}}}
	const side = 64
	soft, hard := make([]uint8, side*side), make([]uint8, side*side)
	for _, width := range []float64{0.5, 2, 9, 30} {
		Render(soft, side, side, d, Style{Width: width})
		Render(hard, side, side, d, Style{Width: width, Hard: true})
		ink, white := 0, 0
		for i, v := range hard {
			if v != 0 && v != 255 {
				t.Fatalf("width %v: a pixel of %d", width, v)
			}
			ink += int(soft[i])
			white += int(v)
		}
		if white == 0 || width > 8 && (white > ink*12/10 || white < ink*8/10) {
			t.Errorf("width %v: %d pixels white, %d covered", width, white/255, ink/255)
		}
	}
}
