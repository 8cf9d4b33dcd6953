package lower

import (
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

func (l *lowerer) quickdraw(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths = []string{l.path(args["path"])}
	d := config.Drawings{
		Line: args["line"].Num, Padding: args["padding"].Num,
		Hard: args["hard"].Bool, Paper: args["paper"].Bool,
	}
	if first, ok := args["first"]; ok {
		d.First = first.Int()
	}
	if r := args["recognized"].Str; r != "all" {
		d.Recognized = r
	}
	src.Drawings = d
}

func (l *lowerer) cifar(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths, src.Coarse = []string{l.path(args["path"])}, args["coarse"].Bool
}

func (l *lowerer) files(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths = []string{l.path(args["list"])}
	if folder, ok := args["folder"]; ok {
		src.Paths = append(src.Paths, l.path(folder))
	}
	src.Files = config.Files{Path: args["path"].Str, Class: args["class"].Str, CSV: config.CSV{Separator: l.separator(set, args["separator"].Str)}}
}

// separator is the character between the values of a CSV file, "" for a comma.
func (l *lowerer) separator(set elab.Setting, text string) string {
	switch sep := []rune(text); {
	case text == "tab":
		return "\t"
	case text == ",":
		return ""
	case len(sep) != 1 || sep[0] == '"' || sep[0] == '\n' || sep[0] == '\r' || sep[0] == 0xfffd:
		l.list.Add(diag.Errorf(diag.OutOfRange, set.Pos, "the separator %q is not one character", text)).
			WithHelp(`";" for example, or "tab"`)
	}
	return text
}
