package tune

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/runtime/rng"
)

// TestFromUnit holds the worked examples of the spec (tuner 1).
func TestFromUnit(t *testing.T) {
	five := []float64{0, .25, .5, .75, math.Nextafter(1, 0)}
	for _, c := range []struct {
		name string
		p    Param
		at   []float64
		want []float64
		tol  float64
	}{
		{"linear", Param{Kind: Float, Min: 1e-4, Max: 1e-1}, five, []float64{0.0001, 0.025075, 0.05005, 0.075025, 0.1}, 1e-6},
		{"log", Param{Kind: Float, Min: 1e-4, Max: 1e-1, Scale: Log}, five, []float64{0.0001, 0.000562, 0.003162, 0.017783, 0.1}, 1e-6},
		{"reverse_log", Param{Kind: Float, Min: 1e-4, Max: 1e-1, Scale: ReverseLog}, five, []float64{0.0001, 0.082317, 0.096938, 0.099538, 0.1}, 1e-6},
		{"int log", Param{Kind: Int, Min: 8, Max: 128, Scale: Log}, []float64{0, .25, .5, .75, .999}, []float64{8, 16, 32, 64, 128}, 0},
		{"int step", Param{Kind: Int, Min: 32, Max: 512, Step: 48}, []float64{0, 0.0999, 0.5, 0.999}, []float64{32, 80, 272, 512}, 0},
		{"int log step", Param{Kind: Int, Min: 8, Max: 128, Step: 2, Scale: Log}, []float64{0, .2, .4, .61, .8}, []float64{8, 16, 32, 64, 128}, 0},
		{"int", Param{Kind: Int, Min: 3, Max: 5}, []float64{0, .33, .34, .67, .999}, []float64{3, 3, 4, 5, 5}, 0},
		{"choice", Param{Kind: Choice, Values: []Value{Num(32), Num(64), Num(128)}}, []float64{0, .5, .99}, []float64{32, 64, 128}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, u := range c.at {
				if got := c.p.FromUnit(u).Float(); math.Abs(got-c.want[i]) > c.tol {
					t.Errorf("at %v: %v, want %v", u, got, c.want[i])
				}
			}
		})
	}
	if n := (&Param{Kind: Int, Min: 32, Max: 512, Step: 48}).steps(); n != 11 {
		t.Errorf("32..512 by 48 has %d values, want 11", n)
	}
	if n := (&Param{Kind: Int, Min: 8, Max: 128, Step: 2, Scale: Log}).steps(); n != 5 {
		t.Errorf("8..128 by factors of 2 has %d values, want 5", n)
	}
}

// anyParam draws a parameter of any kind.
func anyParam(t *rapid.T, name string) Param {
	p := Param{Name: name, Kind: rapid.SampledFrom([]Kind{Choice, Int, Float, Bool, Fixed}).Draw(t, "kind")}
	switch p.Kind {
	case Choice:
		words := rapid.Bool().Draw(t, "words")
		for i := range rapid.IntRange(1, 6).Draw(t, "n") {
			if words {
				p.Values = append(p.Values, Word(string(rune('a'+i))))
			} else {
				p.Values = append(p.Values, Num(float64(i*i)))
			}
		}
	case Int:
		p.Min = float64(rapid.IntRange(1, 50).Draw(t, "min"))
		p.Max = p.Min + float64(rapid.IntRange(0, 200).Draw(t, "width"))
		p.Scale = rapid.SampledFrom([]Scale{Linear, Log, ReverseLog}).Draw(t, "scale")
		if rapid.Bool().Draw(t, "step?") {
			p.Step = float64(rapid.IntRange(2, 7).Draw(t, "step"))
		}
	case Float:
		p.Min = rapid.Float64Range(1e-6, 1).Draw(t, "min")
		p.Max = p.Min * (1 + rapid.Float64Range(0.01, 100).Draw(t, "width"))
		p.Scale = rapid.SampledFrom([]Scale{Linear, Log, ReverseLog}).Draw(t, "scale")
		if rapid.Bool().Draw(t, "step?") {
			p.Step = 2
			if p.Scale == Linear {
				p.Step = (p.Max - p.Min) / 7.5
			}
		}
	case Fixed:
		p.Default = Word("always")
	}
	return p
}

// TestUnitRoundTrip: the place of a value leads back to the value, and values
// stay inside their range.
func TestUnitRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyParam(t, "p")
		if err := (Space{p}).Check(); err != nil {
			t.Fatal(err)
		}
		u := rapid.Float64Range(0, 0.999999).Draw(t, "u")
		v := p.FromUnit(u)
		if p.Kind == Int || p.Kind == Float {
			if x := v.Float(); x < p.Min || x > p.Max {
				t.Fatalf("%v of %+v at %v", x, p, u)
			}
		}
		back := p.FromUnit(min(p.ToUnit(v), math.Nextafter(1, 0)))
		if p.Kind == Float && p.Step == 0 {
			if math.Abs(back.Float()-v.Float()) > 1e-9*p.Max {
				t.Fatalf("%v came back as %v", v, back)
			}
		} else if back != v {
			t.Fatalf("%v came back as %v (%+v)", v, back, p)
		}
	})
}

func TestSpaceCheck(t *testing.T) {
	for _, s := range []Space{
		{{Name: "", Kind: Bool}},
		{{Name: "a", Kind: Bool}, {Name: "a", Kind: Bool}},
		{{Name: "a", Kind: Choice}},
		{{Name: "a", Kind: Choice, Values: []Value{Num(1), Word("x")}}},
		{{Name: "a", Kind: Choice, Values: []Value{Num(1), Num(1)}}},
		{{Name: "a", Kind: Int, Min: 2, Max: 1}},
		{{Name: "a", Kind: Int, Min: 1.5, Max: 3}},
		{{Name: "a", Kind: Float, Min: 0, Max: 1, Scale: Log}},
		{{Name: "a", Kind: Float, Min: 1, Max: 2, Scale: Log, Step: 1}},
		{{Name: "a", Kind: Float, Min: 1, Max: math.NaN()}},
		{{Name: "a", Kind: Float, Min: 0, Max: 1, Step: 1e-300}},
		{{Name: "a", Kind: Int, Min: 0, Max: 1e30}},
		{{Name: "a", Kind: Fixed}},
		{{Name: "a", Kind: "color"}},
		{{Name: "a", Kind: Bool, Parent: "b", ParentValues: []Value{Truth(true)}}, {Name: "b", Kind: Bool}},
	} {
		if s.Check() == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

// TestConditions: a parameter counts only while its parent has one of the values.
func TestConditions(t *testing.T) {
	s := Space{
		{Name: "optimizer", Kind: Choice, Values: []Value{Word("sgd"), Word("adam")}},
		{Name: "momentum", Kind: Float, Min: 0, Max: 1, Parent: "optimizer", ParentValues: []Value{Word("sgd")}},
		{Name: "nesterov", Kind: Bool, Parent: "momentum", ParentValues: []Value{Num(0.5)}},
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for k := range 200 {
		at := s.Sample(rng.New(uint64(k)))
		seen[at["optimizer"].String()]++
		if _, ok := at["momentum"]; ok != (at["optimizer"] == Word("sgd")) {
			t.Fatalf("%v", at)
		}
		if _, ok := at["nesterov"]; ok {
			t.Fatalf("%v: nesterov without momentum 0.5", at)
		}
	}
	if seen["sgd"] < 60 || seen["adam"] < 60 {
		t.Errorf("drawn: %v", seen)
	}
}

// TestGrid: every point once, defaults first, the last parameter fastest.
func TestGrid(t *testing.T) {
	s := Space{
		{Name: "a", Kind: Choice, Values: []Value{Num(1), Num(2), Num(3)}, Default: Num(2)},
		{Name: "b", Kind: Bool},
		{Name: "c", Kind: Choice, Values: []Value{Word("x"), Word("y")}, Parent: "b", ParentValues: []Value{Truth(true)}},
	}
	h := &History{Space: s, Objective: Objective{Metric: "m"}}
	var got []string
	for {
		p := Grid{}.Next(h)
		if p.Done {
			break
		}
		p.Trial.ID, p.Trial.State = len(h.Trials), Completed
		h.Trials = append(h.Trials, p.Trial)
		got = append(got, p.Trial.Values.String())
	}
	want := []string{"a=2 b=false", "a=2 b=true c=x", "a=2 b=true c=y", "a=1 b=false", "a=1 b=true c=x", "a=1 b=true c=y",
		"a=3 b=false", "a=3 b=true c=x", "a=3 b=true c=y"}
	if len(got) != len(want) {
		t.Fatalf("%d points: %q", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("point %d: %s, want %s", i, got[i], want[i])
		}
	}
}

// TestGridOfOneRange: the values of a range come once each, the default first, also
// where several places of a scale are one whole number, and where there are too many
// to be listed.
func TestGridOfOneRange(t *testing.T) {
	for _, c := range []struct {
		p    Param
		most int // points that are asked for
		want []float64
	}{
		{Param{Kind: Int, Min: 1, Max: 1e9}, 3, []float64{1, 2, 3}},
		{Param{Kind: Int, Min: 1, Max: 1e9, Default: Num(2)}, 4, []float64{2, 1, 3, 4}},
		{Param{Kind: Int, Min: 2, Max: 9, Step: 1.2, Scale: Log}, 99, []float64{2, 3, 4, 5, 7, 8}},
		{Param{Kind: Int, Min: 1, Max: 3, Scale: Log}, 99, []float64{1, 2, 3}},
		{Param{Kind: Int, Min: 1, Max: 1000, Scale: ReverseLog, Default: Num(1000)}, 99, []float64{1000, 293, 646, 824, 912, 957, 979, 990, 996, 999}},
		{Param{Kind: Float, Min: 0, Max: 1, Step: 0.25, Default: Num(0.3)}, 99, []float64{0.3, 0, 0.25, 0.5, 0.75, 1}},
		{Param{Kind: Float, Min: 0, Max: 10, Default: Num(7)}, 99, []float64{7, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5}},
		{Param{Kind: Float, Min: 4, Max: 4}, 99, []float64{4}},
	} {
		c.p.Name = "a"
		h := &History{Space: Space{c.p}, Objective: Objective{Metric: "m"}}
		var got []float64
		for len(got) < c.most {
			p := Grid{}.Next(h)
			if p.Done {
				break
			}
			h.Trials = append(h.Trials, p.Trial)
			got = append(got, p.Trial.Values["a"].Float())
		}
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%s: %v, want %v", c.p.Domain(), got, c.want)
		}
	}
}
