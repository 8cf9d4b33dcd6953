package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
)

func TestFrames(t *testing.T) {
	frames := []Frame{
		{Kind: Hello, Payload: []byte("{}")},
		{Kind: Values, Flags: Seen, ID: math.MaxUint64, Deadline: -5, Payload: AppendFloats(nil, []float32{1, -2.5, float32(math.Inf(1))})},
		{Kind: Expired, ID: 7, Deadline: 1 << 60},
		{Kind: Picture, Payload: bytes.Repeat([]byte("abc"), step)}, // longer than is set aside at once
	}
	var b []byte
	for i := range frames {
		b = frames[i].Append(b)
	}
	r := bytes.NewReader(b)
	for i, want := range frames {
		got, err := Read(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != want.Kind || got.Flags != want.Flags || got.ID != want.ID || got.Deadline != want.Deadline || !bytes.Equal(got.Payload, want.Payload) {
			t.Errorf("frame %d: %c %d %d %d, %d bytes", i, got.Kind, got.Flags, got.ID, got.Deadline, len(got.Payload))
		}
	}
	if _, err := Read(r); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	whole := frames[1].Append(nil)
	for n := 1; n < len(whole); n++ {
		if _, err := Read(bytes.NewReader(whole[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestFloats(t *testing.T) {
	want := []float32{0, -1, math.MaxFloat32}
	b := append(AppendFloats(nil, want), 9)
	got := make([]float32, 3)
	if rest, ok := Floats(got, b); !ok || !slices.Equal(got, want) || !bytes.Equal(rest, []byte{9}) {
		t.Errorf("%v, rest %v, %v", got, rest, ok)
	}
	if _, ok := Floats(got, b[:11]); ok {
		t.Error("three values in eleven bytes")
	}
}

// FuzzRead: whatever the bytes, an error or a frame that is written the same; a
// length that promises more than there is sets no memory aside.
func FuzzRead(f *testing.F) {
	f.Add((&Frame{Kind: Scores, ID: 3, Payload: []byte("xyz")}).Append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0x0f, 'S', 0, 0})
	f.Add([]byte{1, 0, 0, 0, 'S'})
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if got := frame.Append(nil); !bytes.Equal(got, data[:len(got)]) {
			t.Errorf("%x became %x", data, got)
		}
	})
}
