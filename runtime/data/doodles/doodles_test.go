package doodles

import (
	"reflect"
	"slices"
	"testing"
)

func TestClassesAreSorted(t *testing.T) {
	if names := Classes(); !slices.IsSorted(names) || len(names) < 10 {
		t.Errorf("classes %v", names)
	}
}

func TestDrawIsAFunctionOfItsArguments(t *testing.T) {
	for class := range Classes() {
		a := Draw(3, "train", class, 17)
		if b := Draw(3, "train", class, 17); !reflect.DeepEqual(a, b) {
			t.Errorf("class %d: two different figures", class)
		}
		for _, b := range []Figure{Draw(4, "train", class, 17), Draw(3, "test", class, 17), Draw(3, "train", class, 18)} {
			if reflect.DeepEqual(a.Drawing, b.Drawing) {
				t.Errorf("class %d: seed, part or index does not matter", class)
			}
		}
	}
}

// Every figure is a drawing: strokes of equal lengths that leave enough ink,
// and not too much, at the smallest usual size.
func TestFiguresAreVisible(t *testing.T) {
	const h, w = 28, 28
	dst := make([]uint8, h*w)
	for class, name := range Classes() {
		for i := range 200 {
			f := Draw(1, "train", class, i)
			for _, s := range f.Drawing {
				if len(s.X) == 0 || len(s.X) != len(s.Y) {
					t.Fatalf("%s %d: stroke of %d and %d coordinates", name, i, len(s.X), len(s.Y))
				}
			}
			f.Render(dst, h, w)
			bright := 0
			for _, v := range dst {
				if v > 128 {
					bright++
				}
			}
			if bright < 15 || bright > h*w/2 {
				t.Errorf("%s %d: %d bright pixels", name, i, bright)
			}
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	dst := make([]uint8, 28*28)
	for i := 0; b.Loop(); i++ {
		f := Draw(1, "train", i%len(classes), i)
		f.Render(dst, 28, 28)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "figures/s")
}
