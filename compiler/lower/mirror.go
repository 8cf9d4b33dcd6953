package lower

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// Networks that are to give their input back.

// isInput reports whether a setting is target input.
func isInput(s elab.Setting) bool { return s.Name == "target" && len(s.Args["columns"].List) == 0 }

// mirror reads target input, and reports settings that it leaves without a meaning.
func (l *lowerer) mirror(d *config.Data) {
	i := slices.IndexFunc(l.p.Data, isInput)
	if i < 0 || d.Table != nil {
		return
	}
	set := l.p.Data[i]
	d.Target, l.mirrored = "input", true
	l.targets = d.Height * d.Width * d.Channels
	for _, s := range l.p.Data[i+1:] {
		if isInput(s) {
			l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "target input is set twice"))
		}
	}
	if s, ok := elab.Find(l.p.Data, "labels"); ok && len(s.Args["names"].List) > 0 {
		l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "labels are names of classes, and the target is the input itself")).
			WithNote(set.Pos.Start, "it is set here")
	}
	if d.Augment == nil {
		return
	}
	for _, s := range l.p.Augment {
		if s.Name == "mixup" || s.Name == "cutmix" {
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "%s mixes classes, and the target is the input itself", s.Name)).
				WithNote(set.Pos.Start, "it is set here")
		}
	}
}

// sameImage reports an image at the end of the network that is not like the input.
func (l *lowerer) sameImage(last int, scores *ir.Value) bool {
	in := l.results[0]
	if in == nil || len(in.Shape) != 3 || slices.Equal(in.Shape, scores.Shape) {
		return true
	}
	d := l.errorf(last, TargetShape, "%s gives %s, and the target is the input of %s",
		l.p.Layers[last].Name, counted(scores.Shape), counted(in.Shape)).
		WithNote(l.p.Layers[0].Pos.Start, "the input")
	switch a, b := scores.Shape, in.Shape; {
	case a[0] == b[0] && a[1] == b[1]:
		d.WithHelp("conv %d 3x3 same has as many channels as the input", b[2])
	case a[0]*2 == b[0] && a[1]*2 == b[1]:
		d.WithHelp("upsample or deconv with stride=2 doubles the sides")
	default:
		d.WithHelp("poolings divide the sides and drop what is left over; upsample and deconv multiply them, crop and zeropad add or take single rows and columns")
	}
	return false
}

// counted is a shape and the number of its values: "28x28x3 = 2352 values".
func counted(s ir.Shape) string { return fmt.Sprintf("%s = %d values", s, s.Size()) }

// flat makes a vector of an image at the end of the network: in front of its
// activation, where the loss is better computed of what that is given.
func (l *lowerer) flat(scores *ir.Value) *ir.Value {
	if scores.Op != "act" {
		return l.b.Op("flatten", "scores", nil, scores)
	}
	if !slices.ContainsFunc(l.graph.Values, func(v *ir.Value) bool { return slices.Contains(v.Args, scores) }) {
		l.graph.Values = slices.DeleteFunc(l.graph.Values, func(v *ir.Value) bool { return v == scores })
	}
	x := l.b.Op("flatten", "flat", nil, scores.Args[0])
	return l.b.Op("act", "scores", scores.Attr, x)
}

// countInput checks the number of scores against the values of the input.
func (h *head) countInput() bool {
	if h.targets == 0 || h.outputs == h.targets {
		return true
	}
	in := h.results[0]
	h.errorf(h.last, TargetShape, "%s has %s, and the target is the input of %s", h.p.Layers[h.last].Name, plural(h.outputs, "output"), counted(in.Shape)).
		WithNote(h.p.Layers[0].Pos.Start, "the input").
		WithHelp("give it one unit for each, dense %d, or end with an image of %s", h.targets, in.Shape)
	return false
}

// comparesInput checks the loss against the values that the input has.
func (h *head) comparesInput() bool {
	if !h.mirrored {
		return true
	}
	set := h.p.Data[slices.IndexFunc(h.p.Data, isInput)]
	fail := func(format string, args ...any) *diag.Diagnostic {
		return h.list.Add(diag.Errorf(LossHead, h.set.Pos, format, args...)).WithNote(set.Pos.Start, "the target is set here")
	}
	const better = "mean_squared_error compares any numbers"
	d := h.config
	switch {
	case h.row.Classes, h.row.Targets == op.Sign, h.row.Targets == op.Distribution:
		fail("%s compares classes, and the target is the input itself", h.name).WithHelp("%s; binary_crossentropy those in 0..1", better)
	case h.row.Targets == op.Real:
		return true
	case d.Standardize != nil:
		fail("%s needs targets that are not below 0, and a standardized input is", h.name).WithHelp(better)
	case h.row.Targets == op.Unit && !h.uses("npy") && (d.Rescale == 0 || d.Rescale > 1/254.9):
		factor, most := "", 255.0
		if d.Rescale != 0 {
			factor, most = fmt.Sprintf("*%.6g", d.Rescale), 255*d.Rescale
		}
		fail("%s needs targets in 0..1, and the values of the input are 0..255%s = 0..%.6g", h.name, factor, most).WithHelp("rescale 1/255 in data brings them there; " + better)
	default:
		return true
	}
	return false
}
