package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"html/template"
	"image"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hostile are names that people give their classes.
var hostile = []string{"<script>alert(1)</script>", `"quoted" & 'single'`, "]]>", "\x00\x1b[31m", "bad \xff\xfe utf-8", "", strings.Repeat("long ", 60), "文字のクラス", "a\nb"}

// wellFormed parses a piece of HTML as XML, which what this package writes by hand
// is, and returns the texts of elements by name.
func wellFormed(t *testing.T, h template.HTML) map[string][]string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<all>" + string(h) + "</all>"))
	found := map[string][]string{}
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, h)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			if e.Name.Local == "script" {
				t.Fatalf("a script element got in:\n%s", h)
			}
			for _, a := range e.Attr {
				for _, bad := range []string{"NaN", "Inf"} {
					if strings.Contains(a.Value, bad) {
						t.Fatalf("attribute %s of %s is %q", a.Name.Local, e.Name.Local, a.Value)
					}
				}
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			name := open[len(open)-1]
			found[name] = append(found[name], string(e))
		}
	}
}

// TestPolicy: the policy in a page names its script by the sum of what stands in the
// element, and allows nothing that was not asked for.
func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		d          Document
		want, lack string
	}{
		{Document{Title: hostile[0]}, "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'", "script-src"},
		{Document{Script: "let a = '<b>' && \"c\";"}, "; script-src 'sha256-", "connect-src"},
		{Document{Script: "1", Connect: true}, "; connect-src 'self'", "wasm"},
		{Document{Script: "1", Worker: true}, " 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'", "unsafe-eval' '"},
	} {
		var b bytes.Buffer
		if err := Write(&b, &c.d); err != nil {
			t.Fatal(err)
		}
		_, policy, _ := strings.Cut(b.String(), `<meta http-equiv="Content-Security-Policy" content="`)
		policy, _, _ = strings.Cut(policy, `"`)
		policy = html.UnescapeString(policy)
		if !strings.Contains(policy, c.want) || strings.Contains(policy, c.lack) {
			t.Errorf("policy %s", policy)
		}
		if _, script, ok := strings.Cut(b.String(), "<script>"); ok {
			script, _, _ = strings.Cut(script, "</script>")
			sum := sha256.Sum256([]byte(script))
			if !strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
				t.Errorf("policy %s is not that of the script %q", policy, script)
			}
		}
	}
}

// attributes returns those of all elements with a name and a class.
func attributes(t *testing.T, h template.HTML, name, class string) (all []map[string]string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(h)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != name {
			continue
		}
		m := map[string]string{}
		for _, a := range e.Attr {
			m[a.Name.Local] = a.Value
		}
		if class == "" || strings.Contains(" "+m["class"]+" ", " "+class+" ") {
			all = append(all, m)
		}
	}
}

func TestHostileText(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	heat := &HeatMap{Title: hostile[0], RowAxis: hostile[1], ColumnAxis: hostile[3], Rows: hostile, Columns: hostile}
	bars := &Bars{Title: hostile[1]}
	lines := &Lines{Title: hostile[4], X: hostile[0], Y: hostile[1], Marks: []Mark{{1, 1, hostile[0]}}}
	parallel := &Parallel{Title: hostile[0]}
	points := &Scatter{Title: hostile[0], X: hostile[1], Y: hostile[2]}
	for i, s := range hostile {
		heat.Values = append(heat.Values, []float64{float64(i), nan, inf, -inf, -1, 1e300})
		bars.Bars = append(bars.Bars, Bar{Label: s, Value: []float64{1, -2, nan, inf}[i%4]})
		lines.Series = append(lines.Series, Series{Name: s, X: []float64{0, 1, 2}, Y: []float64{nan, 1, inf}})
		parallel.Axes = append(parallel.Axes, ParallelAxis{Name: s, Choices: []string{s}})
		parallel.Lines = append(parallel.Lines, ParallelLine{Name: s, Values: []float64{0, nan, 0, 0}, Shade: nan, Strong: i == 1})
		points.Points = append(points.Points, Point{X: float64(i), Y: []float64{1, nan, inf}[i%3], Name: s, Text: s})
	}
	for name, h := range map[string]template.HTML{
		"heat map": heat.HTML(), "bars": bars.HTML(), "lines": lines.HTML(), "parallel": parallel.HTML(), "scatter": points.HTML(),
	} {
		t.Run(name, func(t *testing.T) { wellFormed(t, h) })
	}
	var rows []Row
	var facts []Fact
	for _, s := range hostile {
		rows = append(rows, Row{Cells: []any{s, 1, "one cell more than columns"}})
		facts = append(facts, Fact{s, s})
	}
	table := Table{Caption: hostile[0], Columns: []Column{{Title: hostile[0]}, {Title: hostile[1], Right: true}}, Rows: rows}
	section := Section{ID: `x" onclick="y`, Title: hostile[0], Body: Join(table.HTML(), Facts(facts), Tiles(facts), Text("%s", hostile[0]),
		Note("%s", hostile[1]), Heading(hostile[0]), Preformatted(hostile[0]+"\n"), Details(hostile[0], Text("in")))}
	var b bytes.Buffer
	if err := Write(&b, &Document{Title: hostile[0], Subtitle: hostile[1], Contents: true, Sections: []Section{section}, Footer: hostile[0]}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", `id="x" onclick`, "one cell more"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if n := strings.Count(b.String(), "&lt;script&gt;alert(1)&lt;/script&gt;"); n < 9 {
		t.Errorf("the name is in the page %d times only", n)
	}
}

// TestLinePoints: points lie where the axes say.
func TestLinePoints(t *testing.T) {
	c := &Lines{Title: "loss", Series: []Series{
		{Name: "train", X: []float64{0, 5, 10}, Y: []float64{0, 2.5, 10}},
		{Name: "validation", X: []float64{0, 5, 10}, Y: []float64{10, math.NaN(), 5}},
	}}
	h := c.HTML()
	wellFormed(t, h)
	ticks := attributes(t, h, "line", "gridline")
	if len(ticks) != 6 {
		t.Fatalf("%d lines of the grid, want 6, at 0, 2, ... 10", len(ticks))
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	bottom, top := number(ticks[0]["y1"]), number(ticks[5]["y1"])
	left, right := number(ticks[0]["x1"]), number(ticks[0]["x2"])
	if bottom-top != 200 {
		t.Errorf("the plot is %v high, want 200", bottom-top)
	}
	near := func(what string, got string, want float64) {
		t.Helper()
		if math.Abs(number(got)-want) > 0.011 {
			t.Errorf("%s is %s, want %v", what, got, want)
		}
	}
	dots := attributes(t, h, "circle", "f0")
	if len(dots) != 3 {
		t.Fatalf("%d points, want 3", len(dots))
	}
	for i, want := range [][2]float64{{left, bottom}, {(left + right) / 2, bottom - 50}, {right, top}} {
		near("x", dots[i]["cx"], want[0])
		near("y", dots[i]["cy"], want[1])
	}
	// The gap leaves two points apart: drawn larger, since no line leads to them.
	apart := attributes(t, h, "circle", "f1")
	if len(apart) != 2 || apart[0]["r"] != "3.5" {
		t.Errorf("the points beside the gap are %v", apart)
	}
	paths := attributes(t, h, "path", "line")
	if got := strings.Count(paths[1]["d"], "M"); got != 2 {
		t.Errorf("the line with a gap has %d pieces, want 2: %s", got, paths[1]["d"])
	}
}

func TestLogAxis(t *testing.T) {
	c := &Lines{Title: "loss", LogY: true, Series: []Series{{Name: "loss", X: []float64{1, 2, 3, 4}, Y: []float64{100, 0, -1, 0.01}}}}
	h := c.HTML()
	dots := attributes(t, h, "circle", "f0")
	if len(dots) != 2 || dots[0]["cy"] != "34" || dots[1]["cy"] != "234" {
		t.Errorf("points at %v, want the first on top, at 34, the last at the bottom, at 234", dots)
	}
	var texts []string
	for _, s := range wellFormed(t, h)["text"] {
		texts = append(texts, strings.TrimSpace(s))
	}
	for _, want := range []string{"0.01", "1", "100"} {
		if !strings.Contains(" "+strings.Join(texts, " ")+" ", " "+want+" ") {
			t.Errorf("no tick %s among %q", want, texts)
		}
	}
	// Without any value above 0 the axis is linear and the chart still there.
	c.Series[0].Y = []float64{0, -1, -2, math.NaN()}
	wellFormed(t, c.HTML())
}

// TestWholeAxis: three epochs have three ticks, one has one.
func TestWholeAxis(t *testing.T) {
	for n, want := range map[int]string{1: "1", 3: "1 2 3"} {
		s := Series{Name: "loss"}
		for i := range n {
			s.X, s.Y = append(s.X, float64(i+1)), append(s.Y, 0.25)
		}
		h := (&Lines{Title: "t", Whole: true, Series: []Series{s}}).HTML()
		var got []string
		d := xml.NewDecoder(strings.NewReader(string(h)))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" && slices.Contains(e.Attr, xml.Attr{Name: xml.Name{Local: "text-anchor"}, Value: "middle"}) {
				text, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(text.(xml.CharData)))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d points: ticks %q, want %s", n, got, want)
		}
	}
}

func TestFewPoints(t *testing.T) {
	for name, c := range map[string]*Lines{
		"no series": {Title: "t"},
		"no points": {Title: "t", Series: []Series{{Name: "a"}}},
		"NaN only":  {Title: "t", Series: []Series{{Name: "a", X: []float64{1}, Y: []float64{math.NaN()}}}},
		"huge":      {Title: "t", Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{-math.MaxFloat64, math.MaxFloat64}}}},
		"tiny":      {Title: "t", Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{0, 5e-324}}}},
		"log huge":  {Title: "t", LogY: true, Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{5e-324, math.MaxFloat64}}}},
	} {
		t.Run(name, func(t *testing.T) { wellFormed(t, c.HTML()) })
	}
	one := &Lines{Title: "t", Series: []Series{{Name: "a", X: []float64{3}, Y: []float64{7}}}}
	dots := attributes(t, one.HTML(), "circle", "f0")
	if len(dots) != 1 || dots[0]["r"] != "3.5" {
		t.Errorf("one point is drawn as %v", dots)
	}
	wellFormed(t, (&HeatMap{}).HTML())
	wellFormed(t, (&Bars{}).HTML())
	wellFormed(t, (&Scatter{}).HTML())
	wellFormed(t, (&Parallel{}).HTML())
	wellFormed(t, (&Parallel{Axes: []ParallelAxis{{Name: "a"}}, Lines: []ParallelLine{{Values: []float64{1, 2}}}}).HTML())
}

// TestTicks: ticks are round numbers in order, not many, and the values lie within
// the axis.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e12, 1e12), 1, 5).Draw(t, "values")
		scale := math.Pow(10, float64(rapid.IntRange(-20, 20).Draw(t, "power")))
		log, round := rapid.Bool().Draw(t, "log"), rapid.Bool().Draw(t, "round")
		for i := range values {
			values[i] *= scale
		}
		a := newAxis(func(yield func(float64) bool) {
			for _, v := range values {
				if !yield(v) {
					return
				}
			}
		}, log, round, 5)
		a.at, a.to = 200, 0
		if len(a.ticks) > 14 || round && len(a.ticks) < 2 {
			t.Fatalf("%d ticks: %v", len(a.ticks), a.ticks)
		}
		for i, v := range a.ticks {
			if i > 0 && v <= a.ticks[i-1] {
				t.Fatalf("ticks out of order: %v", a.ticks)
			}
			// Round: one digit other than 0, or a multiple of a step that has one.
			if step := math.Abs(v); a.log {
				mantissa := step / math.Pow(10, math.Floor(math.Log10(step)+1e-9))
				if math.Abs(mantissa-math.Round(mantissa)) > 1e-6 {
					t.Fatalf("tick %v is not round", v)
				}
			}
		}
		if len(a.ticks) > 1 && !a.log {
			step := a.ticks[1] - a.ticks[0]
			mantissa := step / math.Pow(10, math.Floor(math.Log10(step)+1e-6))
			if r := math.Round(mantissa); math.Abs(mantissa-r) > 1e-3 || r != 1 && r != 2 && r != 5 {
				t.Fatalf("ticks are %v apart: %v", step, a.ticks)
			}
		}
		for _, v := range values {
			if !a.has(v) {
				continue
			}
			if p := a.place(v); !(p >= 0 && p <= 200) {
				t.Fatalf("%v is at %v", v, p)
			}
			if slack := 1e-6 * (a.hi - a.lo); v < a.lo-slack || v > a.hi+slack {
				t.Fatalf("%v is outside of %v..%v", v, a.lo, a.hi)
			}
		}
	})
}

func TestHeatMap(t *testing.T) {
	c := &HeatMap{Title: "confusion", Rows: []string{"cat", "dog"}, Columns: []string{"cat", "dog"},
		Values: [][]float64{{8, 0}, {1, 3}}, Shades: [][]float64{{1, 0}, {0.25, 0.75}}}
	h := c.HTML()
	cells := attributes(t, h, "rect", "cell")
	if len(cells) != 3 {
		t.Fatalf("%d shaded cells, want 3: 0 has no shade", len(cells))
	}
	for i, want := range []string{"1.000", "0.295", "0.765"} {
		if got := cells[i]["fill-opacity"]; got != want {
			t.Errorf("cell %d has the shade %s, want %s", i, got, want)
		}
	}
	if cells[1]["x"] != cells[0]["x"] || cells[1]["y"] == cells[0]["y"] || cells[2]["y"] != cells[1]["y"] {
		t.Errorf("cells at the wrong places: %v", cells)
	}
	hints := wellFormed(t, h)["title"]
	if want := "dog, cat: 1"; !strings.Contains(strings.Join(hints, "\n"), want) {
		t.Errorf("no cell says %q", want)
	}
}

func TestBars(t *testing.T) {
	h := (&Bars{Title: "recall", Max: 1, Bars: []Bar{{"a", 0.5, 0}, {"b", 1, 0}, {"c", 0, 0}}}).HTML()
	rects := attributes(t, h, "rect", "f0")
	if len(rects) != 3 {
		t.Fatalf("%d bars", len(rects))
	}
	width := func(i int) float64 { v, _ := strconv.ParseFloat(rects[i]["width"], 64); return v }
	if width(2) != 0 || math.Abs(width(1)-2*width(0)) > 0.02 || width(1) < 300 {
		t.Errorf("bars are %v, %v and %v wide", width(0), width(1), width(2))
	}
}

func TestScatterAndParallel(t *testing.T) {
	s := &Scatter{Title: "roofline", LogX: true, LogY: true, Points: []Point{{X: 1, Y: 1}, {X: 100, Y: 100, Strong: true, Text: "conv"}, {X: 0, Y: 1}},
		Curves: []Series{{Name: "peak", X: []float64{1, 100}, Y: []float64{10, 10}}}}
	dots := attributes(t, s.HTML(), "circle", "f0")
	dots = slices.DeleteFunc(dots, func(m map[string]string) bool { return m["fill-opacity"] == "" }) // the curve's
	if len(dots) != 2 || dots[0]["cy"] != "274" || dots[1]["cy"] != "34" {
		t.Errorf("points at %v, want the ends of the plot, 274 and 34, and none for x = 0", dots)
	}
	p := &Parallel{Title: "trials", Axes: []ParallelAxis{{Name: "rate", Log: true}, {Name: "kind", Choices: []string{"sgd", "adam"}}, {Name: "score"}},
		Lines: []ParallelLine{{Name: "trial 0", Values: []float64{0.1, 1, 0}}, {Name: "trial 1", Values: []float64{0.001, math.NaN(), 1}, Strong: true}}}
	h := p.HTML()
	wellFormed(t, h)
	lines := attributes(t, h, "path", "")
	if len(lines) != 3 || strings.Count(lines[0]["d"], "L") != 2 || strings.Count(lines[1]["d"], "M") != 2 || lines[2]["stroke-dasharray"] == "" {
		t.Errorf("lines %v, want one of three points and one that is dashed over a gap", lines)
	}
}

func TestPictures(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 4, 2))
	m.SetGray(1, 1, color.Gray{200})
	uri, err := DataURI(m)
	if err != nil {
		t.Fatal(err)
	}
	h := (&Pictures{Width: 80, Pictures: []Picture{{Source: uri, Width: 4, Height: 2, Alt: `a "cat"`, Caption: []string{"cat", "<b>"}}}}).HTML()
	for _, want := range []string{`src="data:image/png;base64,iVBOR`, `width="80" height="40" class="pixels"`, `alt="a &#34;cat&#34;"`, "cat<br>&lt;b&gt;"} {
		if !strings.Contains(string(h), want) {
			t.Errorf("no %s in\n%s", want, h)
		}
	}
}

func TestFit(t *testing.T) {
	for _, s := range hostile {
		if got := fit(s, 90); got != s && (textWidth(got) > 90+13.5 || !strings.HasSuffix(got, "…")) {
			t.Errorf("fit(%q) = %q", s, got)
		}
	}
}
