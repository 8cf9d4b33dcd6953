package strokes

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// plain maps a unit to a pixel at 256x256: no border but for half a line.
func plain(width float64) Style { return Style{Width: width, Padding: -width / 2} }

// A line along the rows covers exactly the rows it should.
func TestRenderHorizontalLine(t *testing.T) {
	for _, c := range []struct {
		width float64
		want  map[int]uint8 // by row, at x = 128; all others 0
	}{
		{2, map[int]uint8{99: 255, 100: 255}},
		{3, map[int]uint8{98: 128, 99: 255, 100: 255, 101: 128}},
		{1, map[int]uint8{99: 128, 100: 128}},
		{0.5, map[int]uint8{99: 64, 100: 64}},
		{0, nil},
	} {
		dst := make([]uint8, 256*256)
		Render(dst, 256, 256, Drawing{{X: []uint8{20, 220}, Y: []uint8{100, 100}}}, plain(c.width))
		for y := range 256 {
			if got := dst[y*256+128]; got != c.want[y] {
				t.Errorf("width %v, row %d: %d, want %d", c.width, y, got, c.want[y])
			}
		}
	}
}

// Steep and flat lines must be the same picture, turned.
func TestRenderTurned(t *testing.T) {
	const n = 40
	d := Drawing{{X: []uint8{10, 200, 90}, Y: []uint8{30, 70, 250}}, {X: []uint8{128}, Y: []uint8{20}}}
	var turned Drawing
	for _, s := range d {
		turned = append(turned, Stroke{X: s.Y, Y: s.X})
	}
	a, b := make([]uint8, n*n), make([]uint8, n*n)
	Render(a, n, n, d, QuickDraw)
	Render(b, n, n, turned, QuickDraw)
	sum := 0
	for y := range n {
		for x := range n {
			if a[y*n+x] != b[x*n+y] {
				t.Fatalf("pixel (%d,%d): %d, turned %d", x, y, a[y*n+x], b[x*n+y])
			}
			sum += int(a[y*n+x])
		}
	}
	if sum == 0 {
		t.Fatal("nothing was drawn")
	}
}

// The ink of a slanted line is its area: length times width plus the round ends.
func TestRenderInkIsArea(t *testing.T) {
	const n = 512 // two pixels a unit
	for _, p := range [][4]uint8{{30, 30, 220, 40}, {30, 200, 200, 35}, {50, 50, 60, 220}, {40, 40, 200, 200}} {
		dst := make([]uint8, n*n)
		Render(dst, n, n, Drawing{{X: []uint8{p[0], p[2]}, Y: []uint8{p[1], p[3]}}}, plain(10))
		ink := 0.0
		for _, v := range dst {
			ink += float64(v) / 255 / 4
		}
		length := math.Hypot(float64(p[2])-float64(p[0]), float64(p[3])-float64(p[1]))
		want := length*10 + math.Pi*25
		if math.Abs(ink-want) > 0.01*want {
			t.Errorf("%v: ink %.1f, want %.1f", p, ink, want)
		}
	}
}

func TestRenderOddInput(t *testing.T) {
	for _, d := range []Drawing{
		nil,
		{{}},
		{{X: []uint8{1, 2, 3}, Y: []uint8{1}}},
		{{X: []uint8{0, 255, 255, 0}, Y: []uint8{0, 0, 255, 255}}},
		{{X: []uint8{7, 7, 7}, Y: []uint8{7, 7, 7}}},
	} {
		for _, size := range [][2]int{{1, 1}, {28, 28}, {3, 50}, {31, 7}} {
			dst := make([]uint8, size[0]*size[1])
			for i := range dst {
				dst[i] = 99 // must be overwritten
			}
			Render(dst, size[0], size[1], d, QuickDraw)
			for _, v := range dst {
				if v == 99 && len(d) == 0 {
					t.Fatal("a pixel was left as it was")
				}
			}
		}
	}
	dot := make([]uint8, 28*28)
	Render(dot, 28, 28, Drawing{{X: []uint8{128}, Y: []uint8{128}}}, QuickDraw)
	if dot[14*28+14] == 0 || dot[0] != 0 {
		t.Error("a stroke of one point is not a dot in the middle")
	}
}

func TestRenderDoesNotAllocate(t *testing.T) {
	dst := make([]uint8, 28*28)
	d := Drawing{{X: []uint8{0, 100, 255}, Y: []uint8{0, 200, 255}}}
	if n := testing.AllocsPerRun(20, func() { Render(dst, 28, 28, d, QuickDraw) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The official bitmaps were rendered from the same drawings: ours must be close
// to them, and closer to the bitmap of the same drawing than to any other.
func TestRenderLikeQuickDrawBitmaps(t *testing.T) {
	dir := filepath.Join(sharedData(t), "quickdraw")
	for _, class := range []string{"apple", "butterfly", "carrot", "eye", "flower", "pizza", "rabbit", "scissors", "snowflake", "zebra"} {
		bitmaps, err := os.ReadFile(filepath.Join(dir, "bitmap_raw28", class+".raw"))
		if err != nil {
			t.Skip("the QuickDraw bitmaps are not there")
		}
		f, err := os.Open(filepath.Join(dir, "simplified_ndjson", class+".ndjson"))
		if err != nil {
			t.Skip("the QuickDraw drawings are not there")
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			var record struct{ Drawing [][2][]int }
			if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
				t.Fatal(err)
			}
			var d Drawing
			for _, s := range record.Drawing {
				var stroke Stroke
				for k := range s[0] {
					stroke.X, stroke.Y = append(stroke.X, uint8(s[0][k])), append(stroke.Y, uint8(s[1][k]))
				}
				d = append(d, stroke)
			}
			got := make([]uint8, 784)
			Render(got, 28, 28, d, QuickDraw)
			best, bestRMS := -1, math.Inf(1)
			for i := range len(bitmaps) / 784 {
				sum := 0.0
				for k, v := range bitmaps[i*784:][:784] {
					e := float64(v) - float64(got[k])
					sum += e * e
				}
				if rms := math.Sqrt(sum / 784); rms < bestRMS {
					best, bestRMS = i, rms
				}
			}
			if best != n || bestRMS > 16 {
				t.Errorf("%s %d: nearest bitmap is %d, off by %.1f of 255 (root mean square)", class, n, best, bestRMS)
			}
		}
	}
}

// sharedData is the folder of real data beside the repository.
func sharedData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("CNNC_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "data")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Skip("no go.mod above the test")
		}
		dir = parent
	}
}

func BenchmarkRender(b *testing.B) {
	// A drawing of medium length, as the doodles are.
	var s Stroke
	for k := range 60 {
		sin, cos := math.Sincos(float64(k) / 5)
		s.X, s.Y = append(s.X, uint8(128+100*cos)), append(s.Y, uint8(128+float64(k)*1.5*sin))
	}
	for _, n := range []int{28, 255} {
		b.Run(map[int]string{28: "28x28", 255: "255x255"}[n], func(b *testing.B) {
			dst := make([]uint8, n*n)
			for b.Loop() {
				Render(dst, n, n, Drawing{s}, QuickDraw)
			}
		})
	}
}
