package job

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

func writer(t *testing.T, b *strings.Builder, j *Job, head model.Head, labels []string, outputs int) *labelWriter {
	t.Helper()
	l, err := newLabelWriter(b, j, &model.Network{Head: head, Outputs: outputs}, labels)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestBars: no line is wider than the terminal, and bars are as long as the shares.
func TestBars(t *testing.T) {
	labels := []string{"cat", "a label that is longer than most terminals are wide, by far", "dog"}
	for _, width := range []int{12, 20, 40, 80, 200} {
		var b strings.Builder
		l := writer(t, &b, &Job{Format: "bars", Width: width, Top: 3}, model.Head{}, labels, 3)
		if err := l.label("a/very/long/path/to/some/picture/that/has/a/name.png", []float32{0.25, 0.5, 0.25}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != 4 {
			t.Fatalf("%q", lines)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n >= width && width > 20 {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
		if width < 80 {
			continue
		}
		if !strings.Contains(lines[1], "  50.0 % ") || strings.Count(lines[1], "█") != 20 || strings.Count(lines[2], "█") != 10 || strings.Contains(b.String(), "\x1b") {
			t.Errorf("width %d:\n%s", width, b.String())
		}
	}
	for share, want := range map[float64]string{0: "", 1: "████", 2: "████", 0.25: "█", 0.28125: "█▏", 1.0 / 64: "▏"} {
		if got := blocks(share, 4); got != want {
			t.Errorf("%v of 4 columns is %q, want %q", share, got, want)
		}
	}
}

// TestCSV reads back what is written, for each task.
func TestCSV(t *testing.T) {
	for _, c := range []struct {
		head   model.Head
		labels []string
		scores []float32
		want   string
	}{
		{model.Head{}, []string{"a", "b,\"c", "d"}, []float32{.125, .625, .25},
			"path label probability label_2 probability_2 error|x.png b,\"c 0.625 d 0.25 |bad.png      why"},
		{model.Head{Task: model.Binary, Logits: true}, []string{"no", "yes"}, []float32{-2},
			"path label score label_2 score_2 error|x.png no 2 yes -2 |bad.png      why"},
		{model.Head{Task: model.Values}, []string{"age", "size"}, []float32{1.5, -20}, "path age size error|x.png 1.5 -20 |bad.png   why"},
	} {
		var b strings.Builder
		l := writer(t, &b, &Job{Format: "csv", Top: 2}, c.head, c.labels, len(c.scores))
		if err := l.label("x.png", c.scores); err != nil {
			t.Fatal(err)
		}
		if err := l.fail("bad.png", errors.New("why")); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, strings.Join(r, " "))
		}
		if g := strings.Join(strings.Split(strings.Join(got, "|"), "  "), "  "); strings.Join(strings.Fields(g), " ") != strings.Join(strings.Fields(c.want), " ") {
			t.Errorf("got %s, want %s", g, c.want)
		}
	}
	if _, err := newLabelWriter(nil, &Job{Format: "xml"}, &model.Network{}, nil); err == nil {
		t.Error("the format xml is accepted")
	}
}

// TestPicture: characters get lighter with the pixels, and colours are those of
// the halves of a character.
func TestPicture(t *testing.T) {
	x := make([]float32, 4*10)
	for i := range x {
		x[i] = float32(i%10) / 9 // rescaled by 1/255
	}
	spec := preprocess.Spec{Height: 4, Width: 10, Channels: 1, Scale: 1. / 255}
	var b strings.Builder
	l := writer(t, &b, &Job{Width: 80}, model.Head{}, []string{"a", "b"}, 2)
	if err := l.picture(x, spec); err != nil {
		t.Fatal(err)
	}
	if want := "  " + ramp + "\n  " + ramp + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	l = writer(t, &b, &Job{Width: 7}, model.Head{}, []string{"a", "b"}, 2) // shrunk to 4 columns
	if err := l.picture(x, spec); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"); len(lines) != 1 || len(lines[0]) != 6 {
		t.Errorf("%q", lines)
	}
	b.Reset()
	l = writer(t, &b, &Job{Width: 80, Color: true}, model.Head{}, []string{"a", "b"}, 2)
	if err := l.picture([]float32{255, 0, 0, 0, 0, 255}, preprocess.Spec{Height: 2, Width: 1, Channels: 3}); err != nil {
		t.Fatal(err)
	}
	if want := "  \x1b[38;5;196;48;5;21m▀\x1b[0m\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	for grey, want := range map[int]int{0: 16, 3: 16, 8: 232, 238: 255, 255: 231} {
		if got := palette([3]int{grey, grey, grey}); got != want {
			t.Errorf("grey %d is colour %d, want %d", grey, got, want)
		}
	}
}
