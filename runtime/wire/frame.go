package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Kind says what the payload of a frame is.
type Kind byte

// The kinds of frames: Hello, Scores, Refused and Expired come from the child.
const (
	// Hello: a Model in JSON.
	Hello Kind = 'H'
	// Values: an input [Height][Width][Channels] before rescaling, as float32 in
	// little-endian order.
	Values Kind = 'V'
	// Picture: a picture file.
	Picture Kind = 'P'
	// Row: the cells of a row of a table in the order of Model.Columns, a JSON
	// list of strings.
	Row Kind = 'R'
	// Scores: float32 in little-endian order, as many as Model.Outputs; behind
	// them, if Seen was asked for, the input as bytes [Height][Width][Channels].
	Scores Kind = 'S'
	// Refused: a sentence about an example that the network cannot take.
	Refused Kind = 'E'
	// Expired: the deadline had passed before the example was computed.
	Expired Kind = 'X'
)

// Seen is the flag of a request that wants to know what the network sees.
const Seen = 1

// Frame is one message.
type Frame struct {
	Kind     Kind
	Flags    byte
	ID       uint64
	Deadline int64
	Payload  []byte
}

const (
	lengthBytes = 4
	headBytes   = 1 + 1 + 8 + 8
	// MaxPayload is the longest payload.
	MaxPayload = 1 << 28
	// step is how much memory is set aside at once for what a length promises.
	step = 1 << 20
)

// Append appends the frame to b. It panics if the payload is longer than
// MaxPayload.
func (f *Frame) Append(b []byte) []byte {
	if len(f.Payload) > MaxPayload {
		panic("wire: the payload is too long")
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(headBytes+len(f.Payload)))
	b = append(b, byte(f.Kind), f.Flags)
	b = binary.LittleEndian.AppendUint64(b, f.ID)
	b = binary.LittleEndian.AppendUint64(b, uint64(f.Deadline))
	return append(b, f.Payload...)
}

// Read reads the next frame. The error is io.EOF at the end of r, and
// io.ErrUnexpectedEOF within a frame.
func Read(r io.Reader) (*Frame, error) {
	var head [lengthBytes + headBytes]byte
	if _, err := io.ReadFull(r, head[:lengthBytes]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < headBytes || n > headBytes+MaxPayload {
		return nil, fmt.Errorf("a frame of %d bytes; they have %d to %d", n, headBytes, headBytes+MaxPayload)
	}
	if _, err := io.ReadFull(r, head[lengthBytes:]); err != nil {
		return nil, unexpected(err)
	}
	f := &Frame{
		Kind: Kind(head[4]), Flags: head[5],
		ID: binary.LittleEndian.Uint64(head[6:]), Deadline: int64(binary.LittleEndian.Uint64(head[14:])),
	}
	for left := int(n) - headBytes; left > 0; {
		m := min(left, step)
		at := len(f.Payload)
		f.Payload = append(f.Payload, make([]byte, m)...)
		if _, err := io.ReadFull(r, f.Payload[at:]); err != nil {
			return nil, unexpected(err)
		}
		left -= m
	}
	return f, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// AppendFloats appends values in little-endian order.
func AppendFloats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// Floats reads values into dst and returns what is behind them. It reports false
// when b is too short.
func Floats(dst []float32, b []byte) (rest []byte, ok bool) {
	if len(b) < 4*len(dst) {
		return nil, false
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return b[4*len(dst):], true
}
