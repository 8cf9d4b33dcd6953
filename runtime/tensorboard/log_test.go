package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/train"
)

// read is one event as a reader that shares nothing with the writer sees it.
type read struct {
	Time    float64
	Step    int64
	Version string
	Start   bool
	Values  map[string]float32
}

// fields takes a message of protocol buffers apart and calls f for each field: with
// number, for varints and fixed numbers, or with data.
func fields(t *testing.T, b []byte, f func(field int, number uint64, data []byte)) {
	t.Helper()
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatalf("bad key in % x", b)
		}
		b = b[n:]
		switch key & 7 {
		case 0:
			v, n := binary.Uvarint(b)
			if n <= 0 {
				t.Fatal("bad varint")
			}
			f(int(key>>3), v, nil)
			b = b[n:]
		case 1:
			f(int(key>>3), binary.LittleEndian.Uint64(b), nil)
			b = b[8:]
		case 2:
			v, n := binary.Uvarint(b)
			if n <= 0 || uint64(len(b)-n) < v {
				t.Fatal("bad length")
			}
			f(int(key>>3), 0, b[n:n+int(v)])
			b = b[n+int(v):]
		case 5:
			f(int(key>>3), uint64(binary.LittleEndian.Uint32(b)), nil)
			b = b[4:]
		default:
			t.Fatalf("wire type %d", key&7)
		}
	}
}

// unmask undoes the mask of a sum.
func unmask(m uint32) uint32 {
	r := m - 0xa282ead8
	return r>>17 | r<<15
}

// events reads the event files of a folder in the order of their names.
func events(t *testing.T, dir string) (files int, all []read) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil {
		t.Fatal(err)
	}
	table := crc32.MakeTable(0x82f63b78)
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for len(b) > 0 {
			if len(b) < 16 {
				t.Fatalf("%d bytes left over", len(b))
			}
			n := binary.LittleEndian.Uint64(b)
			if got := unmask(binary.LittleEndian.Uint32(b[8:])); got != crc32.Checksum(b[:8], table) {
				t.Fatalf("sum of the length is %08x", got)
			}
			data := b[12 : 12+n]
			if got := unmask(binary.LittleEndian.Uint32(b[12+n:])); got != crc32.Checksum(data, table) {
				t.Fatalf("sum of the data is %08x", got)
			}
			b = b[16+n:]
			e := read{Values: map[string]float32{}}
			fields(t, data, func(field int, number uint64, data []byte) {
				switch field {
				case 1:
					e.Time = math.Float64frombits(number)
				case 2:
					e.Step = int64(number)
				case 3:
					e.Version = string(data)
				case 5:
					fields(t, data, func(_ int, _ uint64, value []byte) {
						var tag string
						var v float32
						fields(t, value, func(field int, number uint64, data []byte) {
							if field == 1 {
								tag = string(data)
							} else {
								v = math.Float32frombits(uint32(number))
							}
						})
						e.Values[tag] = v
					})
				case 7:
					fields(t, data, func(field int, number uint64, _ []byte) { e.Start = field == 1 && number == 1 })
				default:
					t.Errorf("field %d", field)
				}
			})
			if e.Time < 1.6e9 {
				t.Errorf("time %v", e.Time)
			}
			e.Time = 0
			all = append(all, e)
		}
	}
	return len(names), all
}

// TestMasked: sums of RFC 3720, B.4, with the mask of the format.
func TestMasked(t *testing.T) {
	ascending := make([]byte, 32)
	for i := range ascending {
		ascending[i] = byte(i)
	}
	for _, c := range []struct {
		data []byte
		crc  uint32
	}{{make([]byte, 32), 0x8a9136aa}, {ascending, 0x46dd794e}, {[]byte("123456789"), 0xe3069283}} {
		if got := unmask(masked(c.data)); got != c.crc {
			t.Errorf("sum of % x is %08x, want %08x", c.data, got, c.crc)
		}
	}
	// The length 24 of the first record of every event file: 18 00 ... and a3 7f 4b 22
	// are what any of them begins with (version events take 24 bytes).
	head := []byte{24, 0, 0, 0, 0, 0, 0, 0}
	if got := binary.LittleEndian.AppendUint32(nil, masked(head)); !cmp.Equal(got, []byte{0xa3, 0x7f, 0x4b, 0x22}) {
		t.Errorf("sum of the length 24 is % x, want a3 7f 4b 22", got)
	}
}

func epoch(n int, logs ...train.Log) *train.EpochEnd { return &train.EpochEnd{Epoch: n, Logs: logs} }

func TestLog(t *testing.T) {
	dir := t.TempDir()
	observe := func(list ...train.Event) {
		t.Helper()
		l := NewLog(dir)
		for _, e := range list {
			l.Observe(e)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	observe(&train.RunBegin{}, epoch(0, train.Log{Name: "loss", Value: 9}), epoch(1, train.Log{Name: "loss", Value: 9}))
	first := []train.Event{
		&train.RunBegin{},
		epoch(0, train.Log{Name: "accuracy", Value: 0.5}, train.Log{Name: "loss", Value: 2}, train.Log{Name: "learning_rate", Value: 0.001}),
		epoch(1, train.Log{Name: "accuracy", Value: 0.625}, train.Log{Name: "loss", Value: math.Inf(1)}, train.Log{Name: "val_accuracy", Value: 0.25}, train.Log{Name: "val_loss", Value: 3}),
	}
	observe(first...)
	version := read{Version: "brain.Event:2", Values: map[string]float32{}}
	want := []read{version,
		{Values: map[string]float32{"epoch_accuracy": 0.5, "epoch_loss": 2, "epoch_learning_rate": 0.001}},
		{Step: 1, Values: map[string]float32{"epoch_accuracy": 0.625, "epoch_loss": float32(math.Inf(1))}},
	}
	n, got := events(t, filepath.Join(dir, TrainDir))
	if d := cmp.Diff(want, got); d != "" || n != 1 {
		t.Errorf("%d files: the earlier run's are gone; %s", n, d)
	}
	wantVal := []read{version, {Step: 1, Values: map[string]float32{"epoch_accuracy": 0.25, "epoch_loss": 3}}}
	if _, got := events(t, filepath.Join(dir, ValidationDir)); !cmp.Equal(wantVal, got) {
		t.Error(cmp.Diff(wantVal, got))
	}

	// A run that is resumed writes further files, and says from where on it counts.
	observe(&train.RunBegin{Epoch: 1, Batch: 3}, epoch(1, train.Log{Name: "loss", Value: 1}))
	n, got = events(t, filepath.Join(dir, TrainDir))
	want = append(want, version, read{Step: 1, Start: true, Values: map[string]float32{}}, read{Step: 1, Values: map[string]float32{"epoch_loss": 1}})
	if d := cmp.Diff(want, got); d != "" || n != 2 {
		t.Errorf("%d files; %s", n, d)
	}
}

// TestLogErrors: a folder that cannot be written is an error of Close, and nothing
// ends.
func TestLogErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	l := NewLog(file)
	l.Observe(&train.RunBegin{})
	l.Observe(epoch(0, train.Log{Name: "loss", Value: 9}))
	if err := l.Close(); err == nil {
		t.Error("no error")
	}
	// Without a beginning there is nothing to write to.
	l = NewLog(t.TempDir())
	l.Observe(epoch(0, train.Log{Name: "loss", Value: 9}))
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestFilesOfOneSecond: names do not collide.
func TestFilesOfOneSecond(t *testing.T) {
	dir := t.TempDir()
	now := func() time.Time { return time.Unix(1700000000, 5000) }
	for range 3 {
		w, err := create(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := events(t, dir); n != 3 {
		t.Errorf("%d files, want 3", n)
	}
}
