package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
)

// Comparison is some runs side by side. Cells are in the order of the runs, ""
// where a run has nothing.
type Comparison struct {
	Runs []*Run
	// Names tell the runs apart: the ends of their folders that do.
	Names []string
	// Settings are those that are not the same in all of them.
	Settings []Setting
	// Metrics are the values of the epoch that stands for each run.
	Metrics []Setting
}

// Setting is a name with its value in each run.
type Setting struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Compare puts runs side by side.
func Compare(runs []*Run) (*Comparison, error) {
	c := &Comparison{Runs: runs, Names: names(runs)}
	all := make([]map[string]string, len(runs))
	var keys []string
	for i, r := range runs {
		var err error
		if all[i], err = r.settings(); err != nil {
			return nil, err
		}
		for k := range all[i] {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		s := Setting{Name: k}
		var known []string // of runs that can have it
		for i, r := range runs {
			s.Values = append(s.Values, all[i][k])
			if _, ok := all[i][k]; ok || r.Record != nil || !recorded(k) {
				known = append(known, all[i][k])
			}
		}
		if len(slices.Compact(known)) > 1 {
			c.Settings = append(c.Settings, s)
		}
	}
	add := func(name string, text func(r *Run) string) {
		s := Setting{Name: name}
		any := false
		for _, r := range runs {
			s.Values = append(s.Values, text(r))
			any = any || s.Values[len(s.Values)-1] != ""
		}
		if any {
			c.Metrics = append(c.Metrics, s)
		}
	}
	add("state", func(r *Run) string { return string(r.State) })
	add("epochs", func(r *Run) string { return strconv.Itoa(len(r.Epochs)) })
	add("best epoch", func(r *Run) string {
		if e := r.Best(); e != nil {
			return strconv.Itoa(e.Number)
		}
		return ""
	})
	for _, key := range c.keys() {
		add(key, func(r *Run) string {
			if e := r.Shown(); e != nil {
				if v, ok := e.Value(key); ok {
					return value(v)
				}
			}
			return ""
		})
	}
	add("parameters", func(r *Run) string { return none(int64(r.Parameters())) })
	add("training time", func(r *Run) string { return Duration(r.Seconds()) })
	return c, nil
}

// keys are the keys of all histories, in order.
func (c *Comparison) keys() []string {
	var keys []string
	for _, r := range c.Runs {
		for _, k := range r.Keys() {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// names are the last elements of the folders, as many as tell them apart.
func names(runs []*Run) []string {
	out := make([]string, len(runs))
	for n := 1; n <= 20; n++ {
		for i, r := range runs {
			parts := strings.Split(filepath.ToSlash(filepath.Clean(r.Dir)), "/")
			out[i] = strings.Join(parts[max(0, len(parts)-n):], "/")
		}
		sorted := slices.Clone(out)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) == len(out) {
			break
		}
	}
	return out
}

// recorded says that a setting is from run.json, which runs without a report lack:
// that one has it and another not is no difference of theirs.
func recorded(key string) bool {
	return key == "file" || key == "set" || key == "machine" || strings.HasPrefix(key, "machine.") || strings.HasPrefix(key, "data.")
}

// settings are the leaves of config.json by the names of their paths, and what
// run.json says of data and machine.
func (r *Run) settings() (map[string]string, error) {
	out := map[string]string{}
	if r.Settings != nil {
		var tree any
		d := json.NewDecoder(strings.NewReader(string(r.Settings)))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Dir, err)
		}
		leaves(out, "", tree)
		delete(out, "data") // a hash
	}
	if rec := r.Record; rec != nil {
		out["machine"] = rec.Machine.CPU
		out["machine.kernels"] = rec.Machine.ISA
		for _, p := range rec.Data.Parts {
			out["data."+p.Name] = p.Source
		}
		if rec.About != nil {
			out["file"] = rec.About.File
			out["set"] = strings.Join(rec.About.Settings, " ")
		}
	}
	return out, nil
}

// leaves flattens a tree of JSON; empty values are left out.
func leaves(out map[string]string, path string, v any) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			leaves(out, join(snake(k)), one)
		}
	case []any:
		for i, one := range v {
			// A number that has a name goes by it, not by its place.
			if number, ok := one.(map[string]any); ok && number["Value"] != nil {
				if name, ok := number["Name"].(string); ok {
					leaves(out, join(name), number["Value"])
					delete(number, "Name")
					delete(number, "Value")
					leaves(out, join(name), number)
					continue
				}
			}
			leaves(out, join(strconv.Itoa(i)), one)
		}
	case nil:
	case string:
		if v != "" {
			out[path] = v
		}
	default:
		out[path] = fmt.Sprint(v)
	}
}

// snake writes LearningRate as learning_rate.
func snake(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Document is the comparison as a page, with the curves of all runs over each
// other.
func (c *Comparison) Document() *page.Document {
	table := func(list []Setting) template.HTML {
		t := &page.Table{Columns: []page.Column{{}}}
		for _, name := range c.Names {
			t.Columns = append(t.Columns, page.Column{Title: name})
		}
		for _, s := range list {
			row := page.Row{Cells: []any{s.Name}}
			for _, v := range s.Values {
				row.Cells = append(row.Cells, v)
			}
			t.Rows = append(t.Rows, row)
		}
		return t.HTML()
	}
	var charts []template.HTML
	for _, key := range c.keys() {
		l := &page.Lines{Title: key, X: "epoch", Whole: true}
		for i, r := range c.Runs {
			s := series(r, key, c.Names[i])
			if len(s.X) == 0 {
				continue
			}
			if i < 8 {
				s.Color = i + 1 // a run has one colour in all charts
			}
			l.Series = append(l.Series, s)
			if e := r.Best(); e != nil {
				if v, ok := e.Value(key); ok {
					l.Marks = append(l.Marks, page.Mark{X: float64(e.Number), Y: v})
				}
			}
		}
		if len(l.Series) == 1 {
			l.Title += ", " + l.Series[0].Name
		}
		charts = append(charts, l.HTML())
	}
	differences := page.Note("All settings are the same.")
	if len(c.Settings) > 0 {
		differences = table(c.Settings)
	}
	sections := []page.Section{
		{ID: "metrics", Title: "Metrics", Body: page.Join(page.Note("Of the best epoch, or the last where none is kept."), table(c.Metrics))},
		{ID: "settings", Title: "Settings that differ", Body: differences},
	}
	if len(charts) > 0 {
		sections = append(sections, page.Section{ID: "curves", Title: "Curves", Body: page.Join(page.Charts(charts...), page.Note("Rings mark the best epochs."))})
	}
	return &page.Document{Title: "Runs side by side", Subtitle: strings.Join(c.Names, ", "), Contents: true, Sections: sections}
}
