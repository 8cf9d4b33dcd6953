package data

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// badImages has a row for every file of broken/images.
var badImages = []struct{ file, want string }{
	{"truncated.png", "PNG: truncated"},
	{"truncated_header.png", "PNG: truncated: unexpected EOF"},
	{"truncated.jpg", "JPEG: truncated"},
	{"truncated_real.jpg", "JPEG: truncated"},
	{"zero_bytes.jpg", "empty file"},
	{"zero_bytes.png", "empty file"},
	{"text_renamed.jpg", "not an image: text"},
	{"html_error_page.png", "not an image: a web page"},
	{"git_lfs_pointer.jpg", "Git LFS pointer"},
	{"bad_crc.png", `checksum of chunk "IDAT" is wrong`},
	{"no_iend.png", "PNG: truncated: unexpected EOF"},
	{"zero_width.png", "non-positive dimension"},
	{"bomb_claim_60000x60000.png", "60000 wide and 60000 high, 3600000000 pixels; the limit is 67108864"},
	{"bomb_real_60000x60000_1bit.png", "60000 wide and 60000 high, 3600000000 pixels; the limit is 67108864"},
	{"bomb_claim_65535x65535.gif", "65535 wide and 65535 high"},
	{"bomb_claim_65500x65500.jpg", "65500 wide and 65500 high"},
	{"bomb_claim_40000x40000.bmp", "40000 wide and 40000 high"},
	{"palette_index_out_of_range.png", ""}, // black pixels, as the decoder completes the palette
	{"webp_renamed.png", ""},               // WebP and TIFF are read
	{"unsupported.tiff", ""},
}

func TestDecodeBadImages(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("the decoders refuse the largest sizes in their own words where an int has 32 bits")
	}
	dir := sharedData(t, "broken", "images")
	left := listing(t, dir)
	s := NewScratch()
	for _, c := range badImages {
		delete(left, c.file)
		path := filepath.Join(dir, c.file)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(path, 0, s)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("%s: %d bytes were allocated", c.file, used)
		}
		if c.want == "" {
			if err != nil {
				t.Errorf("%v, want a picture", err)
			}
			continue
		}
		var fe *FileError
		if !errors.As(err, &fe) || fe.Path != path || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("%s: error %v, want %q", c.file, err, c.want)
		}
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}

// The bombs must not pass either when the limit is raised: a header that claims
// more than the file can hold is refused all the same.
func TestDecodeImplausibleClaims(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("the decoders refuse the largest sizes in their own words where an int has 32 bits")
	}
	dir := sharedData(t, "broken", "images")
	for _, name := range []string{"bomb_claim_60000x60000.png", "bomb_claim_65500x65500.jpg", "bomb_claim_40000x40000.bmp"} {
		_, err := Decode(filepath.Join(dir, name), math.MaxInt, nil)
		if err == nil || !regexp.MustCompile("more than a file of [0-9]+ bytes can hold").MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// goodImages has a row for every file of broken/images_ok: size, and type of
// the pixels as decoded.
var goodImages = []struct {
	file string
	w, h int
}{
	{"png_content.jpg", 150, 100},
	{"gray16.png", 64, 48},
	{"rgb16.png", 16, 16},
	{"cmyk.jpg", 150, 100},
	{"orientation6.jpg", 150, 100}, // as stored, not turned
	{"progressive.jpg", 150, 100},
	{"gray.jpg", 150, 100},
	{"subsampled_4_2_0.jpg", 150, 100},
	{"alpha.png", 150, 100},
	{"gray_alpha.png", 150, 100},
	{"palette_transparent.png", 8, 8},
	{"bilevel.png", 150, 100},
	{"interlaced.png", 50, 37},
	{"animated.gif", 40, 30},
	{"one_pixel.png", 1, 1},
	{"very_wide_4000x1.png", 4000, 1},
	{"very_tall_1x4000.png", 1, 4000},
	{"top_down.bmp", 20, 10},
	{"bottom_up.bmp", 20, 10},
	{"palette.bmp", 21, 10},
	{"trailing_bytes.png", 150, 100},
	{"name with spaces é 图.png", 32, 32},
}

func TestDecodeGoodImages(t *testing.T) {
	dir := sharedData(t, "broken", "images_ok")
	left := listing(t, dir)
	spec, err := Spec(pictures(28, 3))
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	x := make([]float32, spec.Len())
	for _, c := range goodImages {
		delete(left, c.file)
		img, err := Decode(filepath.Join(dir, c.file), 0, s)
		if err != nil {
			t.Error(err)
			continue
		}
		if b := img.Bounds(); b.Dx() != c.w || b.Dy() != c.h {
			t.Errorf("%s: %v, want %dx%d", c.file, b, c.w, c.h)
		}
		if err := spec.Raw(x, img, &s.pre); err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
		for _, v := range x {
			if !(v >= 0 && v <= 255.01) {
				t.Fatalf("%s: value %v", c.file, v)
			}
		}
	}
	for name := range left {
		t.Errorf("%s has no row in this test", name)
	}
}

// raw decodes a file at its own size.
func raw(t *testing.T, channels int, elem ...string) (x []float32, w int) {
	t.Helper()
	img, err := Decode(sharedData(t, elem...), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := pictures(1, channels)
	cfg.Resize = nil
	cfg.Height, cfg.Width = img.Bounds().Dy(), img.Bounds().Dx()
	spec, err := Spec(cfg)
	if err != nil {
		t.Fatal(err)
	}
	x = make([]float32, spec.Len())
	if err := spec.Raw(x, img, &NewScratch().pre); err != nil {
		t.Fatal(err)
	}
	return x, cfg.Width
}

func TestDecodeContents(t *testing.T) {
	ok := func(name string) []string { return []string{"broken", "images_ok", name} }

	gray16, w := raw(t, 1, ok("gray16.png")...)
	for i, v := range gray16 {
		if want := float32((1023*(i%w) + i/w) % 65536 >> 8); v != want {
			t.Fatalf("gray16.png, pixel %d: %v, want %v", i, v, want)
		}
	}

	top, _ := raw(t, 3, ok("top_down.bmp")...)
	bottom, _ := raw(t, 3, ok("bottom_up.bmp")...)
	if !equal(top, bottom) {
		t.Error("top_down.bmp and bottom_up.bmp differ")
	}

	a, _ := raw(t, 3, ok("png_content.jpg")...)
	b, _ := raw(t, 3, ok("trailing_bytes.png")...)
	if !equal(a, b) {
		t.Error("png_content.jpg and trailing_bytes.png differ")
	}

	// Coffee is brown: more red than blue. A negative would be bluish.
	cmyk, _ := raw(t, 3, ok("cmyk.jpg")...)
	red, blue := 0.0, 0.0
	for i := 0; i < len(cmyk); i += 3 {
		red, blue = red+float64(cmyk[i]), blue+float64(cmyk[i+2])
	}
	if red < 1.2*blue {
		t.Errorf("cmyk.jpg: mean red %.0f, blue %.0f: not brown", red*3/float64(len(cmyk)), blue*3/float64(len(cmyk)))
	}

	// One channel: all three equal.
	gray, _ := raw(t, 3, ok("gray.jpg")...)
	for i := 0; i < len(gray); i += 3 {
		if gray[i] != gray[i+1] || gray[i] != gray[i+2] {
			t.Fatal("gray.jpg is coloured")
		}
	}

	for _, v := range mustRaw(t, ok("bilevel.png")) {
		if v != 0 && v != 255 {
			t.Fatalf("bilevel.png has a pixel of %v", v)
		}
	}
}

func mustRaw(t *testing.T, elem []string) []float32 {
	x, _ := raw(t, 1, elem...)
	return x
}

func equal(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// listing is the set of the names in a folder.
func listing(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names
}

// samples are small good pictures in every format.
func samples(t testing.TB) map[string][]byte {
	rgb := image.NewNRGBA(image.Rect(0, 0, 17, 11))
	pal := image.NewPaletted(rgb.Rect, color.Palette{color.Black, color.White, color.NRGBA{9, 99, 199, 255}})
	for i := range rgb.Pix {
		rgb.Pix[i] = uint8(i * 31)
	}
	for i := range pal.Pix {
		pal.Pix[i] = uint8(i % 3)
	}
	out := map[string][]byte{}
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"png":     func(b *bytes.Buffer) error { return png.Encode(b, rgb) },
		"png pal": func(b *bytes.Buffer) error { return png.Encode(b, pal) },
		"jpeg":    func(b *bytes.Buffer) error { return jpeg.Encode(b, rgb, nil) },
		"gif":     func(b *bytes.Buffer) error { return gif.Encode(b, pal, nil) },
		"bmp":     func(b *bytes.Buffer) error { return bmp.Encode(b, rgb) },
		"tiff":    func(b *bytes.Buffer) error { return tiff.Encode(b, rgb, nil) },
		"tiff lzw": func(b *bytes.Buffer) error {
			return tiff.Encode(b, rgb, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		},
		"bmp pal":  func(b *bytes.Buffer) error { return bmp.Encode(b, pal) },
		"jpeg gry": func(b *bytes.Buffer) error { return jpeg.Encode(b, image.NewGray(rgb.Rect), nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		out[name] = b.Bytes()
	}
	return out
}

// A picture cut at any byte is refused or, when only an end marker is missing,
// whole; never something half read.
func TestDecodeCutAnywhere(t *testing.T) {
	for name, whole := range samples(t) {
		want, err := decode(bytes.NewReader(whole), int64(len(whole)), whole, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := range whole {
			img, err := decode(bytes.NewReader(whole[:n]), int64(n), whole[:n], 0)
			if err == nil && !samePicture(img, want) {
				t.Errorf("%s cut to %d of %d bytes gives another picture", name, n, len(whole))
			}
		}
	}
}

func samePicture(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// The limits hold at their edge.
func TestDecodePixelLimit(t *testing.T) {
	file := samples(t)["png"] // 17 x 11 = 187 pixels
	if _, err := decode(bytes.NewReader(file), int64(len(file)), file, 187); err != nil {
		t.Error(err)
	}
	if _, err := decode(bytes.NewReader(file), int64(len(file)), file, 186); err == nil {
		t.Error("187 pixels passed a limit of 186")
	}
}

func TestDecodeNotAFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Decode(dir, 0, nil); err == nil || !regexp.MustCompile("not a regular file").MatchString(err.Error()) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Decode(filepath.Join(dir, "nothing.png"), 0, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzDecode: whatever the bytes, no panic, no picture beyond the limit and no
// memory beyond what the limit allows.
func FuzzDecode(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b)
	}
	const limit = 1 << 14
	spec, err := Spec(pictures(9, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		img, err := decode(bytes.NewReader(b), int64(len(b)), b, limit)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
			t.Fatalf("%d bytes allocated for a file of %d", used, len(b))
		}
		if err != nil {
			return
		}
		if r := img.Bounds(); r.Dx()*r.Dy() > limit || r.Empty() {
			t.Fatalf("picture of %v", r)
		}
		if err := spec.Raw(make([]float32, spec.Len()), img, &NewScratch().pre); err != nil {
			t.Fatal(err)
		}
	})
}
