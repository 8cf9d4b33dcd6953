package metric

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// options are those of one metric, by name.
type options struct {
	names  []string
	values map[string]string
	err    error // the first bad value
}

// parse takes NAME or NAME(option=value, ...) apart.
func parse(text string) (string, *options, error) {
	o := &options{values: map[string]string{}}
	name, rest, found := strings.Cut(text, "(")
	if !found {
		return name, o, nil
	}
	list, ok := strings.CutSuffix(rest, ")")
	if !ok {
		return "", nil, fmt.Errorf("metric %q: a parenthesis is not closed", text)
	}
	for _, part := range strings.Split(list, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || key == "" || value == "" {
			return "", nil, fmt.Errorf("metric %q: want option=value, not %q", text, strings.TrimSpace(part))
		}
		if _, twice := o.values[key]; twice {
			return "", nil, fmt.Errorf("metric %q: %s is given twice", text, key)
		}
		o.names, o.values[key] = append(o.names, key), value
	}
	return name, o, nil
}

// known refuses options that the metric does not have.
func (o *options) known(metric string, names []string) error {
	for _, name := range o.names {
		if !slices.Contains(names, name) {
			if len(names) == 0 {
				return fmt.Errorf("metric %s has no options", metric)
			}
			return fmt.Errorf("metric %s has no option %s, only %s", metric, name, strings.Join(names, ", "))
		}
	}
	return nil
}

func (o *options) fail(name, want string) {
	if o.err == nil {
		o.err = fmt.Errorf("%s is %s, want %s", name, o.values[name], want)
	}
}

// given reports whether an option is there.
func (o *options) given(name string) bool { return o.values[name] != "" }

// number returns a number from lo to hi, or otherwise when it is not given.
func (o *options) number(name string, otherwise, lo, hi float64) float64 {
	if !o.given(name) {
		return otherwise
	}
	v, err := strconv.ParseFloat(o.values[name], 64)
	if err != nil || !(v >= lo && v <= hi) {
		o.fail(name, fmt.Sprintf("a number from %g to %g", lo, hi))
		return otherwise
	}
	return v
}

// whole is number for whole numbers.
func (o *options) whole(name string, otherwise, lo, hi int) int {
	if !o.given(name) {
		return otherwise
	}
	v, err := strconv.Atoi(o.values[name])
	if err != nil || v < lo || v > hi {
		o.fail(name, fmt.Sprintf("a whole number from %d to %d", lo, hi))
		return otherwise
	}
	return v
}

// choice returns one of the words, the first when it is not given.
func (o *options) choice(name string, words ...string) string {
	if !o.given(name) {
		return words[0]
	}
	if !slices.Contains(words, o.values[name]) {
		o.fail(name, "one of "+strings.Join(words, ", "))
		return words[0]
	}
	return o.values[name]
}
