package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"runtime"
	"testing"
)

// claimed is a decoded claim and what was allocated for it.
func claimed(t *testing.T, b []byte, limit int) (used uint64, err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = decode(bytes.NewReader(b), int64(len(b)), b, limit)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// A header within the pixel limit makes nobody set memory aside for pixels that
// the file cannot hold.
func TestSmallFilesTakeLittleMemory(t *testing.T) {
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	g := b.Bytes()
	for _, at := range []int{6, 8} { // the screen
		binary.LittleEndian.PutUint16(g[at:], 8000)
	}
	webp := append([]byte("RIFF\xff\xff\xff\x7fWEBPVP8L\xff\xff\xff\x7f\x2f"), make([]byte, 20)...)
	sound := append([]byte("RIFF\x10\x00\x00\x00WAVE"), make([]byte, 12)...)
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"GIF", "GIF header claims 8000 x 8000 pixels, more than a file of", g},
		{"WebP", "WebP: truncated: the header says 2147483655 bytes, and there are 41", webp},
		{"sound", "a RIFF file of another kind", sound},
	} {
		used, err := claimed(t, c.file, 0)
		wantError(t, err, c.want)
		if used > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", c.name, used)
		}
	}
}

// A progressive JPEG counts with the coefficients that its decoder holds.
func TestProgressiveCountsMore(t *testing.T) {
	plain := samples(t)["jpeg"]
	b, err := os.ReadFile(sharedData(t, "broken", "images_ok", "progressive.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if cost := costJPEG(bytes.NewReader(b), c); !(cost >= 3+4*1.5 && cost <= 3+4*3) {
		t.Errorf("a pixel costs %v bytes", cost)
	}
	if cost := costJPEG(bytes.NewReader(plain), c); cost != 3 {
		t.Errorf("a pixel of a plain one costs %v bytes", cost)
	}
	// 15,000 pixels pass a limit of so many when they are plain, not when the
	// coefficients come on top.
	_, err = claimed(t, b, c.Width*c.Height)
	wantError(t, err, "JPEG picture of this kind, 150 wide and 100 high, takes")
	if used, err := claimed(t, b, 4*c.Width*c.Height); err != nil || used > uint64(4*4*c.Width*c.Height)+1<<18 {
		t.Errorf("%d bytes, %v", used, err)
	}
}

func TestFrameJPEG(t *testing.T) {
	whole := samples(t)["jpeg"]
	for n := range whole { // cut anywhere: no panic, no claim of being progressive
		if p, _ := costOf(whole[:n]); p {
			t.Fatalf("cut to %d bytes it is progressive", n)
		}
	}
	grey := samples(t)["jpeg gry"]
	if _, s := costOf(grey); s != 1 {
		t.Errorf("%v samples a pixel of a grey picture", s)
	}
	if _, s := costOf(whole); s != 1.5 {
		t.Errorf("%v samples a pixel of a 4:2:0 picture", s)
	}
}

func costOf(b []byte) (bool, float64) { return frameJPEG(bufio.NewReader(bytes.NewReader(b))) }
