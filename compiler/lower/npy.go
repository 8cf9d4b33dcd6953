package lower

import (
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

func (l *lowerer) npy(_ *config.Data, set elab.Setting, src *config.Source) {
	args := set.Args["source"].Args
	src.Paths = []string{l.path(args["examples"])}
	if labels, ok := args["labels"]; ok {
		src.Paths = append(src.Paths, l.path(labels))
	}
	src.Arrays = [2]string{args["x"].Str, args["y"].Str}
	if set.Name == "train" {
		l.notPictures("arrays, which are taken as they are", "augment")
	}
}
