package serve

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/wire"
)

// request is the body of a prediction.
type request struct {
	Signature string `json:"signature_name"`
	// Instances is the row format, a list of examples. Inputs is the columnar
	// format, which for one input tensor is the same list.
	Instances []json.RawMessage `json:"instances"`
	Inputs    []json.RawMessage `json:"inputs"`
}

// maxInstances is the most examples in one request.
const maxInstances = 4096

// readRequest reads the examples of a JSON body. columnar says that the answer
// belongs under another key.
func readRequest(body []byte, m *wire.Model) (examples []Example, columnar bool, err error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, false, fmt.Errorf("the body is not a request: %w; want {\"instances\": [%s]}", err, wanted(m))
	}
	if d.More() {
		return nil, false, fmt.Errorf("something follows the request in the body")
	}
	list, key := r.Instances, "instances"
	if r.Inputs != nil && r.Instances == nil {
		list, key, columnar = r.Inputs, "inputs", true
	}
	switch {
	case r.Signature != "" && r.Signature != "serving_default":
		return nil, false, fmt.Errorf("no signature %q; the only one is serving_default", r.Signature)
	case r.Inputs != nil && r.Instances != nil:
		return nil, false, fmt.Errorf("both instances and inputs are given")
	case len(list) == 0:
		return nil, false, fmt.Errorf("the request has no instances; want {\"instances\": [%s]}", wanted(m))
	case len(list) > maxInstances:
		return nil, false, fmt.Errorf("%d instances; the limit for one request is %d", len(list), maxInstances)
	}
	examples = make([]Example, len(list))
	for i, raw := range list {
		where := fmt.Sprintf("%s[%d]", key, i)
		switch {
		case len(m.Columns) > 0:
			examples[i], err = rowExample(where, raw, m)
		case raw[0] == '{':
			examples[i], err = fileExample(where, raw)
		default:
			examples[i], err = valuesExample(where, raw, m)
		}
		if err != nil {
			return nil, false, err
		}
	}
	return examples, columnar, nil
}

// wanted is what an instance looks like.
func wanted(m *wire.Model) string {
	if len(m.Columns) > 0 {
		return fmt.Sprintf("{%q: ...}, ...", m.Columns[0].Name)
	}
	return fmt.Sprintf("nested lists %s of values 0..255, or {\"b64\": \"a picture file\"}, ...", shape(m))
}

func shape(m *wire.Model) string { return fmt.Sprintf("%dx%dx%d", m.Height, m.Width, m.Channels) }

// fileExample is a picture file in base 64.
func fileExample(where string, raw json.RawMessage) (Example, error) {
	var file struct {
		B64 *string `json:"b64"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil || file.B64 == nil {
		return Example{}, fmt.Errorf("%s is an object; want {\"b64\": \"a picture file in base 64\"}", where)
	}
	data, err := base64.StdEncoding.DecodeString(*file.B64)
	if err != nil {
		return Example{}, fmt.Errorf("%s: b64: %w", where, err)
	}
	return Example{wire.Picture, data}, nil
}

// rowExample is a row of a table: an object by the names of columns, or a list in
// their order.
func rowExample(where string, raw json.RawMessage, m *wire.Model) (Example, error) {
	cells := make([]string, len(m.Columns))
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return Example{}, fmt.Errorf("%s: %w", where, err)
	}
	var err error
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			i := slices.IndexFunc(m.Columns, func(c wire.Column) bool { return c.Name == name })
			if i < 0 {
				return Example{}, fmt.Errorf("%s has a column %q; the network has %s", where, name, columnNames(m))
			}
			if cells[i], err = cell(value); err != nil {
				return Example{}, fmt.Errorf("%s, column %q: %w", where, name, err)
			}
		}
	case []any:
		if len(v) != len(cells) {
			return Example{}, fmt.Errorf("%s is a list of %d cells, want %d: %s", where, len(v), len(cells), columnNames(m))
		}
		for i, value := range v {
			if cells[i], err = cell(value); err != nil {
				return Example{}, fmt.Errorf("%s, column %q: %w", where, m.Columns[i].Name, err)
			}
		}
	default:
		return Example{}, fmt.Errorf("%s is no row; want an object with %s, or a list in this order", where, columnNames(m))
	}
	payload, err := json.Marshal(cells)
	return Example{wire.Row, payload}, err
}

// cell is a value as a table has it; null is a missing one.
func cell(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("want a number, a string or null")
}

func columnNames(m *wire.Model) string {
	var names []string
	for _, c := range m.Columns {
		names = append(names, strconv.Quote(c.Name))
	}
	if len(names) > 20 {
		names = append(names[:20], fmt.Sprintf("and %d more", len(names)-20))
	}
	return strings.Join(names, ", ")
}

// valuesExample is nested lists of numbers: Height lists of Width lists of Channels
// numbers, or of Width numbers where there is one channel.
func valuesExample(where string, raw json.RawMessage, m *wire.Model) (Example, error) {
	v := values{text: raw, where: where, m: m, b: make([]byte, 0, 4*m.Height*m.Width*m.Channels)}
	if err := v.list(0); err != nil {
		return Example{}, err
	}
	return Example{wire.Values, v.b}, nil
}

// values reads lists of numbers from JSON that is known to be well-formed.
type values struct {
	text  []byte
	at    int
	where string
	path  [3]int // indices under way
	m     *wire.Model
	b     []byte
}

// nouns are what lists of each level hold.
var nouns = [3]string{"row", "pixel", "value"}

// list reads the list of a level, which follows.
func (v *values) list(level int) error {
	want := [3]int{v.m.Height, v.m.Width, v.m.Channels}[level]
	v.space()
	if v.text[v.at] != '[' {
		if v.text[v.at] == '"' || level == 0 {
			return fmt.Errorf("%s is %s; want %s", v.name(level), kindName(v.text[v.at]), wanted(v.m))
		}
		return fmt.Errorf("%s is %s; want a list of %s (an instance is %s)", v.name(level), kindName(v.text[v.at]), plural(want, nouns[level]), shape(v.m))
	}
	v.at++
	n := 0
	for v.space(); v.text[v.at] != ']'; v.space() {
		if v.text[v.at] == ',' {
			v.at++
			continue
		}
		if level == 2 || level == 1 && v.m.Channels == 1 && v.text[v.at] != '[' {
			v.path[level] = n
			if err := v.number(level + 1); err != nil {
				return err
			}
		} else if n < want {
			v.path[level] = n
			if err := v.list(level + 1); err != nil {
				return err
			}
		} else {
			v.skip()
		}
		n++
		if n > want && level == 2 || len(v.b) > 4*v.m.Height*v.m.Width*v.m.Channels {
			v.b = v.b[:0] // too many: only the count matters now
		}
	}
	v.at++
	if n != want {
		return fmt.Errorf("%s has %s, want %d: an instance is %s, %d values", v.name(level), plural(n, nouns[level]), want, shape(v.m), v.m.Height*v.m.Width*v.m.Channels)
	}
	return nil
}

// number reads the number that follows.
func (v *values) number(level int) error {
	begin := v.at
	v.skip()
	x, err := strconv.ParseFloat(string(v.text[begin:v.at]), 32)
	if err != nil {
		what := kindName(v.text[begin])
		if what == "a number" {
			what = "too large a number"
		}
		return fmt.Errorf("%s is %s; want a number, 0..255 as in a picture", v.name(level), what)
	}
	v.b = wire.AppendFloats(v.b, []float32{float32(x)})
	return nil
}

// skip passes over the value that follows.
func (v *values) skip() {
	depth, text := 0, false
	for begin := v.at; v.at < len(v.text); v.at++ {
		c := v.text[v.at]
		switch {
		case text && c == '\\':
			v.at++
		case c == '"':
			text = !text
			if !text && depth == 0 {
				v.at++
				return
			}
		case text:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth == 0 {
				return
			}
			if depth--; depth == 0 {
				v.at++
				return
			}
		case depth == 0 && v.at > begin && (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			return
		}
	}
}

func (v *values) space() {
	for v.at < len(v.text) && (v.text[v.at] == ' ' || v.text[v.at] == '\n' || v.text[v.at] == '\t' || v.text[v.at] == '\r') {
		v.at++
	}
}

// name is the path to what a level is about.
func (v *values) name(level int) string {
	s := v.where
	for _, i := range v.path[:level] {
		s += fmt.Sprintf("[%d]", i)
	}
	return s
}

func kindName(c byte) string {
	switch c {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	}
	return "a number"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
