package lower

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/doodles"
)

// Data reads the data section alone. It is for programs elaborated without
// their net, to find out how many classes the data has; mistakes in the section
// come back when the whole file is lowered.
func Data(p *elab.Program) config.Data {
	return (&lowerer{p: p}).data()
}

// data turns the data section into what the runtime obeys, and finds out how
// many classes there are as far as the file says.
func (l *lowerer) data() config.Data {
	d := config.Data{Batch: 32}
	if l.p.File != "" {
		d.Base = filepath.Dir(l.p.File)
	}
	if len(l.p.Layers) > 0 {
		switch s := l.p.Layers[0].Args["shape"].Dims; len(s) {
		case 3:
			d.Height, d.Width, d.Channels = s[0], s[1], s[2]
		case 1:
			d.Height, d.Width, d.Channels = 1, 1, s[0]
		}
	}
	var only []string
	limit, pictures := 0, !l.uses("csv") && !l.uses("npy")
	for _, s := range l.p.Data {
		switch s.Name {
		case "train":
			d.Train = l.source(&d, s)
		case "validate":
			d.Validate = l.part(&d, s)
		case "test":
			d.Test = l.part(&d, s)
		case "gray", "rgb":
			d.Color = s.Name
			if want := map[string]int{"gray": 1, "rgb": 3}[s.Name]; pictures && d.Channels != 0 && d.Channels != want {
				l.list.Add(diag.Errorf(DataShape, s.Pos, "%s images have %s, the input of the net has %d", s.Name, channels(want), d.Channels)).
					WithNote(l.p.Layers[0].Pos.Start, "the input")
			}
		case "resize":
			size := s.Args["size"].Dims
			d.Resize = &config.Size{Height: size[0], Width: size[1]}
			if pictures && d.Height != 0 && (d.Height != size[0] || d.Width != size[1]) {
				l.list.Add(diag.Errorf(DataShape, s.Pos, "images of %s, and the input of the net takes %dx%d", s.Args["size"], d.Height, d.Width)).
					WithNote(l.p.Layers[0].Pos.Start, "the input")
			}
		case "rescale":
			d.Rescale = s.Args["factor"].Num
		case "batch":
			d.Batch = s.Args["size"].Int()
		case "labels":
			d.Classes = l.labels(s, "names")
		case "cache":
			d.Cache = config.Cache{Where: s.Args["where"].Str, Bytes: int64(s.Args["megabytes"].Num) << 20}
		case "on_error":
			d.OnError = s.Args["action"].Str
		case "one_of":
			only = l.labels(s, "classes")
		case "limit":
			limit = s.Args["examples"].Int()
		}
	}
	for _, src := range []*config.Source{&d.Train, &d.Validate, &d.Test} {
		if src.Kind != "" && src.Kind != "split" {
			src.Limit = limit
			if len(only) > 0 {
				src.Classes = only
			}
		}
	}
	d.Augment = l.augment(&d)
	d.Standardize = l.standardize(&d)
	d.Table = l.table(&d)
	if d.Table != nil {
		l.targets = len(d.Table.Targets)
	}
	l.mirror(&d)
	if train, ok := elab.Find(l.p.Data, "train"); ok && pictures && d.Color == "" && d.Channels != 0 && d.Channels != 1 && d.Channels != 3 {
		l.list.Add(diag.Errorf(DataShape, train.Pos, "images have 1 or 3 channels, the input of the net has %d", d.Channels)).
			WithNote(l.p.Layers[0].Pos.Start, "the input")
	}
	switch {
	case l.mirrored: // there are none
	case l.o.Classes > 0:
		l.classes = l.o.Classes
	case len(l.o.Labels) > 0:
		l.classes = len(l.o.Labels)
	case len(d.Classes) > 0:
		l.classes = len(d.Classes)
	case len(d.Train.Classes) > 0:
		l.classes = len(d.Train.Classes)
	}
	return d
}

func channels(n int) string { return plural(n, "channel") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sources has a row for every data source of the language (lang.SourceTable):
// how its arguments become a config.Source. set is the setting it stands in.
var sources = []struct {
	name string
	read func(l *lowerer, d *config.Data, set elab.Setting, src *config.Source)
}{
	{"folder", (*lowerer).folder},
	{"idx", (*lowerer).idx},
	{"doodles", (*lowerer).doodles},
	{"csv", (*lowerer).csv},
	{"npy", (*lowerer).npy},
	{"quickdraw", (*lowerer).quickdraw},
	{"cifar", (*lowerer).cifar},
	{"files", (*lowerer).files},
}

// labels reads the names of the classes.
func (l *lowerer) labels(s elab.Setting, arg string) []string {
	var names []string
	list := s.Args[arg].List
	for _, v := range list {
		if slices.Contains(names, v.Str) {
			l.list.Add(diag.Errorf(diag.Duplicate, v.Pos, "the class %q is listed twice", v.Str))
		}
		names = append(names, v.Str)
	}
	if len(list) == 1 {
		l.list.Add(diag.Errorf(diag.OutOfRange, s.Pos, "there is only one class; a classifier needs at least two"))
	}
	return names
}

// source reads where the examples of a part come from.
func (l *lowerer) source(d *config.Data, set elab.Setting) config.Source {
	src := config.Source{Kind: set.Args["source"].Str}
	for _, row := range sources {
		if row.name == src.Kind {
			row.read(l, d, set, &src)
			return src
		}
	}
	l.list.Add(diag.Errorf("", set.Pos, "internal error: nothing reads the source %s", src.Kind))
	return src
}

// part reads where a part that may be taken from the training examples comes from.
func (l *lowerer) part(d *config.Data, set elab.Setting) config.Source {
	if f, ok := set.Args["fraction"]; ok {
		return config.Source{Kind: "split", Fraction: f.Num, Of: "train"}
	}
	if list, ok := set.Args["list"]; ok {
		return config.Source{Kind: "split", Paths: []string{l.path(list)}, Of: "train"}
	}
	return l.source(d, set)
}

func (l *lowerer) folder(_ *config.Data, set elab.Setting, src *config.Source) {
	src.Paths = []string{l.path(set.Args["source"].Args["path"])}
}

func (l *lowerer) idx(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths = []string{l.path(args["images"])}
	if labels, ok := args["labels"]; ok {
		src.Paths = append(src.Paths, l.path(labels))
	}
}

func (l *lowerer) doodles(d *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	all, n := doodles.Classes(), args["classes"].Int()
	if n > len(all) {
		at := args["classes"].Pos
		if !at.IsValid() {
			at = set.Pos
		}
		l.list.Add(diag.Errorf(diag.OutOfRange, at, "doodles of %d classes; there are %d kinds of figures", n, len(all)))
		n = len(all)
	}
	src.Classes = all[:n]
	src.PerClass = max(1, args["examples"].Int()/n)
	if set.Name == "train" {
		d.Seed = uint64(args["seed"].Num)
	}
}

// path is a path of a source as the runtime resolves it: relative to the model
// file, the root setting put in front; or, given on the command line, absolute.
func (l *lowerer) path(v elab.Value) string {
	p := absolute(v)
	if root, ok := elab.Find(l.p.Data, "root"); ok && !filepath.IsAbs(p) {
		p = filepath.Join(absolute(root.Args["path"]), p)
	}
	return p
}

// absolute is a path as written; one given on the command line is relative to
// the working directory and made absolute.
func absolute(v elab.Value) string {
	if v.Pos.Start.File == diag.OverrideFile {
		if abs, err := filepath.Abs(v.Str); err == nil {
			return abs
		}
	}
	return v.Str
}
