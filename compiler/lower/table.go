package lower

import (
	"slices"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// outlierFactors are the factors of the rules for outliers (spec: data, section 7).
var outlierFactors = []struct {
	rule   string
	factor float64
}{{"iqr", 1.5}, {"zscore", 3}, {"mad", 3.5}}

func (l *lowerer) csv(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths = []string{l.path(args["path"])}
	src.CSV = config.CSV{
		Separator: l.separator(set, args["separator"].Str), DecimalComma: args["decimal"].Str == "comma", NoHeader: args["noheader"].Bool,
	}
	if src.CSV.DecimalComma && src.CSV.Separator == "" {
		l.list.Add(diag.Errorf(diag.Conflict, set.Pos, "a comma cannot be both the separator and the decimal point")).
			WithHelp(`where numbers are written 1,5 the separator is most likely a semicolon: separator=";"`)
	}
}

// uses reports whether a part of the data is a source of that name.
func (l *lowerer) uses(source string) bool {
	return slices.ContainsFunc(l.p.Data, func(s elab.Setting) bool { return s.Args["source"].Str == source })
}

// table reads the settings of columns; nil when there are none.
func (l *lowerer) table(d *config.Data) *config.Table {
	t := &config.Table{}
	seen := map[string]elab.Setting{}
	var first, rest elab.Setting
	name := func(v elab.Value, set elab.Setting) string {
		if before, twice := seen[v.Str]; twice && v.Str != "" {
			l.list.Add(diag.Errorf(diag.Duplicate, v.Pos, "the column %q is used twice", v.Str)).
				WithNote(before.Pos.Start, "it is used here")
		}
		seen[v.Str] = set
		return v.Str
	}
	for _, s := range l.p.Data {
		switch s.Name {
		case "numeric", "categorical":
			c := l.column(s)
			names := s.Args["columns"].List
			if len(names) == 0 {
				if rest.Name != "" {
					l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "%s without names is every column that no other line names, and so is another line", s.Name)).
						WithNote(rest.Pos.Start, "the other one is here")
				}
				rest = s
				t.Columns = append(t.Columns, c)
			}
			for _, v := range names {
				c.Name = name(v, s)
				t.Columns = append(t.Columns, c)
			}
		case "class":
			t.Class = name(s.Args["column"], s)
		case "target":
			if isInput(s) {
				continue // of images
			}
			c := l.column(s)
			for _, v := range s.Args["columns"].List {
				c.Name = name(v, s)
				t.Targets = append(t.Targets, c)
			}
		case "ignore":
			for _, v := range s.Args["columns"].List {
				t.Ignored = append(t.Ignored, name(v, s))
			}
		default:
			continue
		}
		if first.Name == "" {
			first = s
		}
	}
	csv, other := elab.Setting{}, elab.Setting{}
	for _, s := range l.p.Data {
		switch source := s.Args["source"].Str; {
		case source == "csv":
			csv = s
		case source != "":
			other = s
		}
	}
	switch {
	case csv.Name == "" && first.Name == "":
		return nil
	case csv.Name == "" && other.Name != "":
		l.list.Add(diag.Errorf(diag.Conflict, first.Pos, "%s is about the columns of a csv file, and the data are not one", first.Name)).
			WithNote(other.Pos.Start, "the data are here")
		return nil
	case csv.Name == "":
		return nil // an error of elaboration, or data yet to be named
	case other.Name != "":
		l.list.Add(diag.Errorf(diag.Conflict, other.Pos, "%s is no csv file, and another part of the data is", other.Name)).
			WithNote(csv.Pos.Start, "the csv file is here")
	case slices.ContainsFunc(l.p.Data, isInput):
		s := l.p.Data[slices.IndexFunc(l.p.Data, isInput)]
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "target input is for images and arrays, and the data are rows of a csv file")).
			WithHelp("target \"price\" names the columns to predict")
	case t.Class == "" && len(t.Targets) == 0:
		l.list.Add(diag.Errorf(diag.MissingArgument, csv.Pos, "nothing says what is to be learned of the csv file")).
			WithHelp("name the column of the classes, class \"species\", or those of the numbers to predict, target \"price\"")
	case len(t.Columns) == 0:
		l.list.Add(diag.Errorf(diag.MissingArgument, csv.Pos, "nothing says what the columns of the csv file mean")).
			WithHelp("write a line such as numeric \"age\" \"salary\" zscore, or numeric alone for all columns that are not named")
	}
	l.notPictures("rows of a csv file")
	d.Color, d.Resize = "", nil
	return t
}

// notPictures reports settings that are about pictures, where the data are
// something else, but for those that hold there all the same.
func (l *lowerer) notPictures(but string, hold ...string) {
	for _, s := range l.p.Data {
		pictures := s.Name == "gray" || s.Name == "rgb" || s.Name == "resize" || s.Name == "augment" || s.Name == "cache"
		if slices.Contains(hold, s.Name) || s.Name == "train" && slices.Contains(hold, "augment") {
			continue
		}
		if pictures || s.Name == "train" && s.Args["augment"].Bool {
			what := s.Name
			if what == "train" {
				what = "augment"
			}
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "%s is about images, and the data are %s", what, but))
		}
		if labels := s.Args["names"]; s.Name == "labels" && len(labels.List) > 0 {
			if target, ok := elab.Find(l.p.Data, "target"); ok {
				l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "labels are names of classes, and the net is to predict numbers")).
					WithNote(target.Pos.Start, "the numbers are named here")
			}
		}
	}
}

// column reads what a line says about its columns.
func (l *lowerer) column(s elab.Setting) config.Column {
	a := s.Args
	c := config.Column{Kind: "numeric", Missing: a["missing"].Str, Indicator: a["indicator"].Bool}
	if c.Missing == "error" {
		c.Missing = ""
	}
	if c.Indicator && (c.Missing == "" || c.Missing == "drop") {
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "indicator marks missing values, and there are none where missing=%s", a["missing"].Str)).
			WithHelp("say what to put in their place: missing=median indicator")
	}
	if fill, given := a["fill"]; given && fill.Pos.IsValid() && c.Missing != "constant" {
		l.list.Add(diag.Errorf(diag.Conflict, fill.Pos, "fill is the value of missing=constant, and here missing=%s", a["missing"].Str))
	}
	if s.Name == "categorical" {
		c.Kind, c.Encode, c.DropFirst = "categorical", a["encode"].Str, a["drop_first"].Bool
		if c.FillText = a["fill"].Str; c.Missing == "constant" && c.FillText == "" {
			c.FillText = "missing"
		}
		if c.Encode == "hashing" {
			c.Buckets = a["buckets"].Int()
		} else if a["buckets"].Pos.IsValid() {
			l.list.Add(diag.Errorf(diag.Conflict, a["buckets"].Pos, "buckets belong to hashing, not to %s", c.Encode))
		}
		if c.DropFirst && c.Encode != "onehot" {
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "drop_first belongs to onehot, not to %s", c.Encode))
		}
		if c.Unknown = a["unknown"].Str; c.Unknown == "error" {
			c.Unknown = ""
		}
		return c
	}
	c.Scale = a["scale"].Str
	c.Fill = a["fill"].Num
	if c.Scale == "minmax" {
		if c.Low, c.High = a["low"].Num, a["high"].Num; c.Low >= c.High {
			l.list.Add(diag.Errorf(diag.OutOfRange, s.Pos, "minmax from %v to %v: low has to be below high", c.Low, c.High))
		}
	} else if a["low"].Pos.IsValid() || a["high"].Pos.IsValid() {
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "low and high belong to minmax"))
	}
	clip, clips := a["clip"]
	remove, removes := a["remove"]
	switch {
	case clips && removes:
		l.list.Add(diag.Errorf(diag.Conflict, remove.Pos, "outliers are either clipped or removed"))
	case clips:
		c.Outliers, c.Rule = "clip", clip.Str
	case removes:
		c.Outliers, c.Rule = "remove", remove.Str
	}
	for _, row := range outlierFactors {
		if row.rule == c.Rule {
			c.Factor = row.factor
		}
	}
	if f, ok := a["factor"]; ok {
		if c.Factor = f.Num; c.Rule == "" {
			l.list.Add(diag.Errorf(diag.Conflict, f.Pos, "factor belongs to clip or remove, which are not here"))
		}
	}
	return c
}

// tableWidth compares the input with what a row of the table becomes.
func (l *lowerer) tableWidth(i int) {
	layer := &l.p.Layers[i]
	n := 1
	for _, side := range layer.Args["shape"].Dims {
		n *= side
	}
	if l.o.Features == 0 || n == l.o.Features {
		return
	}
	l.errorf(i, DataShape, "the input takes %s, and a row of the table becomes %d: %s", plural(n, "value"), l.o.Features, l.o.Arithmetic).
		WithHelp("input features takes the number from the table")
}
