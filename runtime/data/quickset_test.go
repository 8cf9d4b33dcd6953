package data

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

func quickSource(path string) config.Source {
	return config.Source{Kind: "quickdraw", Paths: []string{path}}
}

// one opens a source of pictures that may have a single class.
func one(cfg config.Data, which string, src config.Source) (source, error) {
	spec, err := Spec(cfg)
	if err != nil {
		return nil, err
	}
	k, err := kindOf(src)
	if err != nil {
		return nil, err
	}
	return kinds[k].open(cfg, which, src, src.Paths, spec)
}

// tally loads every example: how many there are and the errors of the others.
func tally(s source, values int) (good int, bad []error) {
	x, scratch := make([]float32, values), NewScratch()
	for i := range s.size() {
		if err := s.load(i, x, scratch); err != nil {
			bad = append(bad, err)
		} else {
			good++
		}
	}
	return good, bad
}

// brokenDrawings has a row for every file of broken/quickdraw: with on_error stop
// the error of opening, or of the first example that cannot be loaded; with skip
// how many can and cannot.
var brokenDrawings = []struct {
	file, stop string
	good, bad  int
}{
	{"bad_line.ndjson", "line 6: not a drawing", 9, 1},
	{"odd_records.ndjson", "line 2: an empty drawing", 3, 5},
	{"no_final_newline_crlf_blank.ndjson", "", 3, 0},
	{"bom.ndjson", "", 3, 0},
	{"long_line.ndjson", "", 2, 0},
	{"cut_mid_record.bin", "record 24, which begins at byte 2282: stroke 0 of 4: the file is cut off", 24, 1},
	{"stroke_count_65535.bin", "record 0, which begins at byte 0: stroke 7 of 65535: the file is cut off", 0, 1},
	{"not_multiple_of_784.raw", "4020 bytes are no whole number of 28x28 bitmaps: 5 and 100 bytes over", -1, 0},
}

func TestBrokenDrawings(t *testing.T) {
	dir := sharedData(t, "broken", "quickdraw")
	left := listing(t, dir)
	for _, c := range brokenDrawings {
		delete(left, c.file)
		path := filepath.Join(dir, c.file)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, mode := range []string{"stop", "skip"} {
			cfg := pictures(28, 1)
			cfg.OnError = mode
			s, err := one(cfg, "train", quickSource(path))
			good, bad := 0, []error(nil)
			if err == nil {
				good, bad = tally(s, 28*28)
				s.Close()
			}
			if mode == "stop" || c.good < 0 {
				if err == nil && len(bad) > 0 {
					err = bad[0]
				}
				if c.stop == "" && err == nil {
					continue
				}
				wantError(t, err, c.stop)
				wantError(t, err, c.file)
				continue
			}
			if err != nil || good != c.good || len(bad) != c.bad {
				t.Errorf("%s, skip: %d drawings and %d skipped (%v), want %d and %d; %v", c.file, good, len(bad), bad, c.good, c.bad, err)
			}
			for _, err := range bad {
				wantError(t, err, c.file)
			}
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
			t.Errorf("%s: %d bytes were allocated", c.file, used)
		}
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}

// Each bad line has its reason.
func TestOddDrawings(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ line, want string }{
		{`{"drawing":[[[0,255],[0,255]]]}`, ""},
		{`{"drawing":[[[7],[9]]]}`, ""},
		{`{"drawing":[ [ [ 0 , 1 ] , [ 3 , 4 ] ] ] , "word":"x"}`, ""},
		{`{"drawing":[[[-3.5,1e3,70],[3,4,9000.25],[0,16,31]]]}`, ""},
		{`{"drawing":[[[1],[2],[0]],[[3],[4]]]}`, "stroke 1: some strokes have times, others have none"},
		{`{"drawing":[[[1],[2],[0,1]]]}`, "stroke 0 has 1 points and 2 times"},
		{`{"drawing":[[[1],[2],[0],[0]]]}`, "more than the lists of x, y and times"},
		{`{"drawing":[]}`, "an empty drawing"},
		{`{"drawing":[[[],[]]]}`, "an empty drawing"},
		{`{"drawing":[[[1,2],[3]]]}`, "stroke 0 has 2 x and 1 y"},
		{`{"drawing":[[[1,2]]]}`, "stroke 0 has no list of x"},
		{`{"drawing":[[[1,256],[3,4]]]}`, "coordinate 256 is outside 0..255"},
		{`{"drawing":[[[1,-1],[3,4]]]}`, "coordinate -1 is outside"},
		{`{"drawing":[[[1,1e300],[3,4],[0,1]]]}`, "the number 1e300 is too large"},
		{`{"drawing":[[[1,"2"],[3,4]]]}`, "something other than numbers"},
		{`{"drawing":[[[1,null],[3,4]]]}`, "something other than numbers"},
		{`{"drawing":"none"}`, "not a list of strokes"},
		{`{"drawing":null}`, `there is no "drawing"`},
		{`{"word":"x"}`, `there is no "drawing"`},
		{`[1]`, "not a drawing"},
		{`{"drawing":[[[1],`, "not a drawing"},
		{`<html>`, "not a drawing"},
	} {
		path := filepath.Join(dir, "x.ndjson")
		write(t, path, c.line+"\n")
		s, err := one(pictures(28, 1), "train", quickSource(path))
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		_, bad := tally(s, 28*28)
		s.Close()
		switch {
		case c.want == "" && len(bad) > 0:
			t.Errorf("%s: %v", c.line, bad[0])
		case c.want != "" && len(bad) == 0:
			t.Errorf("%s passed, want %q", c.line, c.want)
		case c.want != "":
			wantError(t, bad[0], "line 1: ")
			if !strings.Contains(bad[0].Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.line, bad[0], c.want)
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// record is a drawing of one stroke in the binary form.
func record(key uint64, recognized byte, x, y []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, key)
	b = append(b, 'D', 'E', recognized)
	b = binary.LittleEndian.AppendUint32(b, 1488401000)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(x)))
	return append(append(b, x...), y...)
}

// drawnClasses writes the same drawings of two classes in both forms of strokes,
// those with an odd number not recognized.
func drawnClasses(t *testing.T, dir string) {
	for c, class := range []string{"cat", "hot dog"} {
		var bin, text strings.Builder
		for i := range 7 {
			x, y := []byte{byte(9 * i), 255, byte(40 * c)}, []byte{0, byte(30 * i), 255}
			bin.Write(record(uint64(i), byte(1-i%2), x, y))
			fmt.Fprintf(&text, `{"key_id":"%d","recognized":%v,"drawing":[[[%d,%d,%d],[%d,%d,%d]]]}`+"\n", i, i%2 == 0, x[0], x[1], x[2], y[0], y[1], y[2])
		}
		write(t, filepath.Join(dir, "bin", class+".bin"), bin.String())
		write(t, filepath.Join(dir, "text", class+".ndjson"), text.String())
	}
}

// Both forms give the same pictures; first and recognized choose the same drawings.
func TestDrawingFormsAgree(t *testing.T) {
	dir := t.TempDir()
	drawnClasses(t, dir)
	for _, c := range []struct {
		o    config.Drawings
		want int // of each class
	}{
		{config.Drawings{}, 7},
		{config.Drawings{First: 5}, 5},
		{config.Drawings{Recognized: "yes"}, 4},
		{config.Drawings{Recognized: "no"}, 3},
		{config.Drawings{Recognized: "yes", First: 2, Line: 3, Hard: true, Paper: true}, 2},
	} {
		var x [2][]float32
		for f, form := range []string{"bin", "text"} {
			cfg := pictures(19, 1)
			cfg.Train = quickSource(filepath.Join(dir, form))
			cfg.Train.Drawings = c.o
			set := mustOpen(t, cfg)
			if set.Len() != 2*c.want || set.Classes()[1] != "hot dog" || set.Label(c.want) != 1 || set.Label(c.want-1) != 0 {
				t.Fatalf("%+v: %d drawings of %q", c.o, set.Len(), set.Classes())
			}
			one := make([]float32, 19*19)
			for i := range set.Len() {
				if err := set.Load(i, one, NewScratch()); err != nil {
					t.Fatal(err)
				}
				x[f] = append(x[f], one...)
			}
			Close(set)
		}
		if !equal(x[0], x[1]) {
			t.Errorf("%+v: the two forms differ", c.o)
		}
		light, between := 0, 0
		for _, v := range x[0] {
			if v > 127 {
				light++
			}
			if v != 0 && v != 255 {
				between++
			}
		}
		if (2*light > len(x[0])) != c.o.Paper || (between == 0) != c.o.Hard {
			t.Errorf("%+v: of %d pixels %d are light, %d neither black nor white", c.o, len(x[0]), light, between)
		}
	}
}

// A drawing keeps its key, and with it its side of a split, whatever is chosen.
func TestDrawingKeys(t *testing.T) {
	dir := t.TempDir()
	drawnClasses(t, dir)
	cfg := pictures(8, 1)
	cfg.Train = quickSource(filepath.Join(dir, "text"))
	all := mustOpen(t, cfg)
	defer Close(all)
	cfg.Train.Drawings = config.Drawings{Recognized: "no"}
	cfg.Train.Classes = []string{"hot dog", "cat"}
	some := mustOpen(t, cfg)
	defer Close(some)
	if some.Key(0) != all.Key(7+1) || some.Key(3) != all.Key(1) {
		t.Error("keys changed with the choice")
	}
}

func TestQuickDrawErrors(t *testing.T) {
	dir := t.TempDir()
	drawnClasses(t, dir)
	write(t, filepath.Join(dir, "twice", "cat.bin"), "x")
	write(t, filepath.Join(dir, "twice", "cat.raw"), "x")
	write(t, filepath.Join(dir, "hollow", "cat.bin"), "")
	write(t, filepath.Join(dir, "page", "cat.bin"), "<html><body>not found</body></html>")
	write(t, filepath.Join(dir, "nothing", "notes.txt"), "x")
	write(t, filepath.Join(dir, "blank", "cat.ndjson"), "\n\r\n \n")
	write(t, filepath.Join(dir, "maps", "cat.raw"), strings.Repeat("x", 784))
	src := func(name string, o config.Drawings, classes ...string) config.Source {
		s := quickSource(filepath.Join(dir, name))
		s.Drawings, s.Classes = o, classes
		return s
	}
	for _, c := range []struct {
		src  config.Source
		want string
	}{
		{src("twice", config.Drawings{}), `class "cat" is there twice: cat.bin and cat.raw`},
		{src("hollow", config.Drawings{}), "cat.bin: empty file"},
		{src("page", config.Drawings{}), "cat.bin: record 0, which begins at byte 0: recognized is 121, want 0 or 1"},
		{src("nothing", config.Drawings{}), "nothing: no drawings: want a file for each class"},
		{src("blank", config.Drawings{}), "cat.ndjson: no drawings"},
		{src("nosuch", config.Drawings{}), "nosuch: "},
		{src("text", config.Drawings{}, "cat", "unicorn"), `no drawings of class "unicorn"`},
		{src("text", config.Drawings{Recognized: "perhaps"}), `recognized is "perhaps"`},
		{src("text", config.Drawings{Line: 300}), "lines of width 300"},
		{src("maps", config.Drawings{Recognized: "yes"}), "bitmaps do not say which drawings were recognized"},
		{quickSource(filepath.Join(dir, "nothing", "notes.txt")), "no file of drawings by its suffix"},
	} {
		_, err := one(pictures(28, 1), "train", c.src)
		wantError(t, err, c.want)
	}
	cfg := pictures(30, 1)
	cfg.Resize = nil
	_, err := one(cfg, "train", src("maps", config.Drawings{}))
	wantError(t, err, "bitmaps are 28x28, the network takes 30x30; resize is off")
}

// The three forms of bitmaps in the shared data hold the same drawings.
func TestBitmapFormsAgree(t *testing.T) {
	raws, arrays := sharedData(t, "quickdraw", "bitmap_raw28"), sharedData(t, "quickdraw", "numpy_bitmap")
	cfg := pictures(28, 1)
	cfg.Train = quickSource(arrays)
	a := mustOpen(t, cfg)
	defer Close(a)
	cfg.Train = quickSource(raws)
	cfg.Train.Classes = a.Classes()
	b := mustOpen(t, cfg)
	defer Close(b)
	if a.Len() != 1200 || b.Len() != 1200 {
		t.Fatalf("%d and %d bitmaps", a.Len(), b.Len())
	}
	x, y, s := make([]float32, 784), make([]float32, 784), NewScratch()
	for i := 0; i < a.Len(); i += 37 {
		if a.Load(i, x, s) != nil || b.Load(i, y, s) != nil || !equal(x, y) || a.Label(i) != b.Label(i) {
			t.Fatalf("bitmap %d differs", i)
		}
	}
}

// The official binary files hold the drawings of the simplified ones.
func TestOfficialDrawings(t *testing.T) {
	bin, text := sharedData(t, "quickdraw", "binary"), sharedData(t, "quickdraw", "simplified_ndjson")
	cfg := pictures(33, 1)
	cfg.Train = quickSource(bin)
	a := mustOpen(t, cfg)
	defer Close(a)
	cfg.Train = quickSource(text)
	cfg.Train.Classes = a.Classes()
	b := mustOpen(t, cfg)
	defer Close(b)
	if a.Len() != 475 || b.Len() != 475 {
		t.Fatalf("%d and %d drawings", a.Len(), b.Len())
	}
	x, y, s := make([]float32, 33*33), make([]float32, 33*33), NewScratch()
	for i := range a.Len() {
		if err := a.Load(i, x, s); err != nil {
			t.Fatal(err)
		}
		if b.Load(i, y, s) != nil || !equal(x, y) {
			t.Fatalf("%s and %s differ", a.Name(i), b.Name(i))
		}
	}
	cfg.Train = quickSource(sharedData(t, "quickdraw", "raw_ndjson"))
	raw := mustOpen(t, cfg)
	defer Close(raw)
	if raw.Len() != 1070 || len(raw.Classes()) != 39 {
		t.Errorf("%d raw drawings of %d classes", raw.Len(), len(raw.Classes()))
	}
	for i := range raw.Len() {
		if err := raw.Load(i, x, s); err != nil {
			t.Fatal(err)
		}
	}
}

// The index is eight bytes a drawing, and loading does not allocate.
func TestQuickDrawMemory(t *testing.T) {
	dir := t.TempDir()
	var bin strings.Builder
	const n = 200_000
	for i := range n {
		bin.Write(record(uint64(i), 1, []byte{1, 2, 3, byte(i)}, []byte{4, 5, 6, 255}))
	}
	path := filepath.Join(dir, "cat.bin")
	write(t, path, bin.String())
	bin.Reset()
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	s, err := one(pictures(28, 1), "train", quickSource(path))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.size() != n {
		t.Fatalf("%d drawings", s.size())
	}
	if used := int64(live()) - int64(before); used > 16*n {
		t.Errorf("%d bytes for %d drawings", used, n)
	}
	x, scratch := make([]float32, 784), NewScratch()
	i := 0
	if a := testing.AllocsPerRun(200, func() {
		i += 997
		if err := s.load(i%n, x, scratch); err != nil {
			t.Fatal(err)
		}
	}); a > 0 {
		t.Errorf("%v allocations a drawing", a)
	}
}

func FuzzDrawing(f *testing.F) {
	f.Add([]byte(`{"drawing":[[[0,255],[0,255]]]}`), false)
	f.Add([]byte(`{"drawing":[[[1.5,2],[3,4],[0,16]]],"recognized":true}`), false)
	f.Add(record(1, 1, []byte{1, 2}, []byte{3, 4}), true)
	f.Fuzz(func(t *testing.T, b []byte, bin bool) {
		s := NewScratch()
		if bin {
			if !s.parseBinary(b) {
				return
			}
		} else if s.parseJSON(b) != nil {
			return
		}
		for _, l := range s.drawing() {
			if len(l.X) != len(l.Y) || len(l.X) == 0 && !bin {
				t.Fatalf("%d x and %d y", len(l.X), len(l.Y))
			}
			for i := range l.X {
				if !(l.X[i] >= 0 && l.X[i] <= 255 && l.Y[i] >= 0 && l.Y[i] <= 255) {
					t.Fatalf("point (%v, %v)", l.X[i], l.Y[i])
				}
			}
		}
	})
}
