package tensorboard

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Writer appends events to one event file. Every method writes its record at once,
// so that a reader sees it; a process that is killed leaves whole records behind,
// but for the last one. It is not safe for concurrent use.
type Writer struct {
	f   *os.File
	now func() time.Time
	buf []byte
}

// Create makes a new event file in dir, which is made if need be, and begins it
// with the version of the format, "brain.Event:2".
func Create(dir string) (*Writer, error) { return create(dir, time.Now) }

func create(dir string, now func() time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	// TensorBoard reads the files of a folder in the order of their names: those of
	// a resumed run come behind the earlier ones.
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	begin := now()
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s%010d.%s.%d.%d.v2", filePrefix, begin.Unix(), plain(host), os.Getpid(), n)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if os.IsExist(err) && n < 1000 {
			continue // another file of this second
		}
		if err != nil {
			return nil, err
		}
		w := &Writer{f: f, now: now}
		if err := w.write(event{version: "brain.Event:2"}); err != nil {
			f.Close() // the first error matters
			return nil, err
		}
		return w, nil
	}
}

// filePrefix begins the names of event files; TensorBoard knows them by it.
const filePrefix = "events.out.tfevents."

// plain keeps what is safe in a file name.
func plain(host string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, host)
}

// Name is the name of the file.
func (w *Writer) Name() string { return w.f.Name() }

// Restart says that the run goes on at a step: TensorBoard forgets what files
// before this one say about it and the steps behind it.
func (w *Writer) Restart(step int64) error { return w.write(event{step: step, start: true}) }

// Scalar is a value with its tag.
type Scalar struct {
	Tag   string
	Value float64 // written as a float32
}

// Scalars writes values of a step as one event.
func (w *Writer) Scalars(step int64, values []Scalar) error {
	return w.write(event{step: step, scalars: values})
}

// Close closes the file.
func (w *Writer) Close() error { return w.f.Close() }

// event is what this package writes of an Event.
type event struct {
	step    int64
	version string
	start   bool
	scalars []Scalar
}

// Numbers of fields in event.proto and summary.proto.
const (
	eventWallTime    = 1 // double
	eventStep        = 2 // int64
	eventFileVersion = 3 // string
	eventSummary     = 5 // Summary
	eventSessionLog  = 7 // SessionLog
	summaryValue     = 1 // Summary.Value
	valueTag         = 1 // string
	valueSimple      = 2 // float
	sessionStatus    = 1 // enum
	sessionStart     = 1 // SessionLog.START
)

// Wire types of protocol buffers.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// write appends the record of an event.
func (w *Writer) write(e event) error {
	b := append(w.buf[:0], make([]byte, recordHead)...)
	b = appendKey(b, eventWallTime, wireFixed64)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(w.now().UnixMicro())/1e6))
	if e.step != 0 {
		b = binary.AppendUvarint(appendKey(b, eventStep, wireVarint), uint64(e.step))
	}
	if e.version != "" {
		b = appendBytes(b, eventFileVersion, []byte(e.version))
	}
	if len(e.scalars) > 0 {
		var summary, value []byte
		for _, s := range e.scalars {
			value = appendBytes(value[:0], valueTag, []byte(strings.ToValidUTF8(s.Tag, "\uFFFD")))
			value = binary.LittleEndian.AppendUint32(appendKey(value, valueSimple, wireFixed32), math.Float32bits(float32(s.Value)))
			summary = appendBytes(summary, summaryValue, value)
		}
		b = appendBytes(b, eventSummary, summary)
	}
	if e.start {
		b = appendBytes(b, eventSessionLog, binary.AppendUvarint(appendKey(nil, sessionStatus, wireVarint), sessionStart))
	}
	w.buf = seal(b)
	_, err := w.f.Write(w.buf)
	return err
}

func appendKey(b []byte, field, wire uint64) []byte { return binary.AppendUvarint(b, field<<3|wire) }

func appendBytes(b []byte, field uint64, data []byte) []byte {
	b = binary.AppendUvarint(appendKey(b, field, wireBytes), uint64(len(data)))
	return append(b, data...)
}

// recordHead is the length of what stands before the data of a record.
const recordHead = 12

// seal makes a record of its data, in front of which recordHead bytes are free.
func seal(b []byte) []byte {
	binary.LittleEndian.PutUint64(b, uint64(len(b)-recordHead))
	binary.LittleEndian.PutUint32(b[8:], masked(b[:8]))
	return binary.LittleEndian.AppendUint32(b, masked(b[recordHead:]))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C of data, rotated and moved, so that the sum of data that
// holds sums is not a weak one (tensorflow/core/lib/hash/crc32c.h).
func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
