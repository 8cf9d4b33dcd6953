package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/wire"
)

// predict answers POST /v1/models/NAME:predict.
func (s *Server) predict(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusServiceUnavailable, "%s under way already; try again in a second", plural(s.Limits.Requests, "prediction"))
		return
	}
	m := s.Predictor.Model()
	top, seen, err := readQuery(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.Limits.Body))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		fail(w, http.StatusRequestEntityTooLarge, "the body is longer than the limit of %d bytes", s.Limits.Body)
		return
	case err != nil:
		fail(w, http.StatusBadRequest, "the body ended early or took too long: %v", err)
		return
	}
	examples, columnar, code, err := read(r.Header.Get("Content-Type"), body, &m)
	if err != nil {
		fail(w, code, "%v", err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.Limits.Time)
	defer cancel()
	answers, err := s.Predictor.Ask(ctx, examples, seen && len(m.Columns) == 0)
	switch {
	case errors.Is(err, ErrCrashed):
		fail(w, http.StatusBadGateway, "%v", err)
		return
	case errors.Is(err, ErrDown):
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusServiceUnavailable, "%v", err)
		return
	case errors.Is(err, context.DeadlineExceeded):
		fail(w, http.StatusGatewayTimeout, "the prediction took longer than the limit of %v", s.Limits.Time)
		return
	case err != nil: // the client is gone
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	for i, a := range answers {
		if a.Refused == "" {
			continue
		}
		if len(answers) > 1 {
			a.Refused = fmt.Sprintf("instance %d of %d: %s", i, len(answers), a.Refused)
		}
		fail(w, http.StatusBadRequest, "%s", a.Refused)
		return
	}
	text, err := answerJSON(&m, answers, columnar, top, seen)
	if err != nil {
		fail(w, http.StatusInternalServerError, "%v", err)
		return
	}
	if info := infoOf(r); info != nil {
		info.instances = len(answers)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text)
}

// readQuery reads what follows the question mark.
func readQuery(q url.Values) (top int, seen bool, err error) {
	for name, values := range q {
		value := values[0]
		switch name {
		case "top":
			if top, err = strconv.Atoi(value); err != nil || top < 1 {
				return 0, false, fmt.Errorf("top is %q, want the number of labels, 1 or more", clip(value))
			}
		case "seen":
			if seen, err = strconv.ParseBool(value); err != nil {
				return 0, false, fmt.Errorf("seen is %q, want 1 or 0", clip(value))
			}
		default:
			return 0, false, fmt.Errorf("no parameter %q; there are top and seen", clip(name))
		}
	}
	return top, seen, nil
}

// read reads the examples of a body: a picture file by its content type, JSON
// otherwise. code is the status of an error.
func read(contentType string, body []byte, m *wire.Model) (examples []Example, columnar bool, code int, err error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if strings.HasPrefix(kind, "image/") || kind == "application/octet-stream" {
		if len(m.Columns) > 0 {
			return nil, false, http.StatusUnsupportedMediaType, fmt.Errorf("the network takes rows of a table, and no pictures; want JSON {\"instances\": [%s]}", wanted(m))
		}
		return []Example{{wire.Picture, body}}, false, 0, nil
	}
	if strings.HasPrefix(kind, "multipart/") {
		return nil, false, http.StatusUnsupportedMediaType, fmt.Errorf("forms are not read; want JSON, or the picture file itself with its content type, such as image/png")
	}
	examples, columnar, err = readRequest(body, m)
	return examples, columnar, http.StatusBadRequest, err
}

// answerJSON writes an answer:
//
//	{"predictions": [[0.1, 0.9]]}
//
// and, if asked for, for each instance the labels of the largest scores and what
// the network saw:
//
//	"top": [[{"label": "cat", "score": 0.9}]], "seen": [{"b64": "a PNG file"}]
//
// In the columnar format predictions are outputs. A score that is not finite is
// null.
func answerJSON(m *wire.Model, answers []Answer, columnar bool, top int, seen bool) ([]byte, error) {
	b := []byte(`{"predictions":[`)
	if columnar {
		b = []byte(`{"outputs":[`)
	}
	for i, a := range answers {
		b = separate(b, i)
		b = append(b, '[')
		for j, v := range a.Scores {
			b = appendNumber(separate(b, j), v)
		}
		b = append(b, ']')
	}
	b = append(b, ']')
	if top > 0 && m.Task != "values" {
		b = append(b, `,"top":[`...)
		for i, a := range answers {
			b = append(separate(b, i), '[')
			for j, r := range rank(m, a.Scores, top) {
				b = append(separate(b, j), `{"label":`...)
				b = appendText(b, r.label)
				b = appendNumber(append(b, `,"score":`...), r.score)
				b = append(b, '}')
			}
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	if seen && len(m.Columns) == 0 {
		b = append(b, `,"seen":[`...)
		for i, a := range answers {
			file, err := pixelsPNG(m, a.Pixels)
			if err != nil {
				return nil, err
			}
			b = append(separate(b, i), `{"b64":"`...)
			b = appendBase64(b, file)
			b = append(b, `"}`...)
		}
		b = append(b, ']')
	}
	return append(b, '}', '\n'), nil
}

func separate(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

func appendNumber(b []byte, v float32) []byte {
	if v64 := float64(v); math.IsNaN(v64) || math.IsInf(v64, 0) {
		return append(b, "null"...)
	}
	// The exponent of large and small numbers is JSON as it is.
	return strconv.AppendFloat(b, float64(v), 'g', -1, 32)
}

// ranked is a label with its score.
type ranked struct {
	label string
	score float32
}

// rank lists the labels of the largest scores. One score of two classes is that of
// the second; that of the first lies as far on the other side of the threshold.
func rank(m *wire.Model, scores []float32, top int) []ranked {
	if len(scores) == 1 && len(m.Labels) == 2 {
		threshold := float32(0.5)
		if m.Logits {
			threshold = 0
		}
		scores = []float32{2*threshold - scores[0], scores[0]}
	}
	var out []ranked
	for i, v := range scores {
		out = append(out, ranked{m.Labels[i], v})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].score > out[b].score })
	return out[:min(top, len(out))]
}

// pixelsPNG is what the network saw as a PNG file.
func pixelsPNG(m *wire.Model, pixels []byte) ([]byte, error) {
	rect := image.Rect(0, 0, m.Width, m.Height)
	var img image.Image
	switch n := m.Width * m.Height; {
	case len(pixels) != n*m.Channels:
		return nil, fmt.Errorf("%d bytes of what the network saw, want %s", len(pixels), shape(m))
	case m.Channels == 1:
		img = &image.Gray{Pix: pixels, Stride: m.Width, Rect: rect}
	case m.Channels == 3:
		c := image.NewNRGBA(rect)
		for i := range n {
			copy(c.Pix[4*i:], pixels[3*i:3*i+3])
			c.Pix[4*i+3] = 255
		}
		img = c
	default:
		return nil, fmt.Errorf("an input of %d channels is no picture; leave seen out", m.Channels)
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return append(b, `""`...) // does not happen: invalid UTF-8 is replaced
	}
	return append(b, text...)
}

// appendBase64 appends data in base 64.
func appendBase64(b, data []byte) []byte { return base64.StdEncoding.AppendEncode(b, data) }
