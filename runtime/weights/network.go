package weights

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/model"
)

// Keys of the metadata of a weight file. Layers and labels are JSON.
const (
	metaFormat  = "format" // "cnnc"
	metaVersion = "cnnc_version"
	metaModel   = "model"
	metaNetwork = "network" // model.Network.Hash
	metaLayers  = "layers"  // []layerRow
	metaLabels  = "labels"  // []string
)

// layerRow is what identifies a layer in a weight file: in the clear rather
// than as a hash, so that a mismatch can be explained.
type layerRow struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Args  string `json:"args,omitempty"`
	Shape []int  `json:"shape"`
}

func (r layerRow) String() string {
	return strings.TrimSpace(r.Kind+" "+r.Args) + " -> " + shapeText(r.Shape)
}

// Options says what a weight file holds besides the parameters.
type Options struct {
	// Labels are the class names; nil takes those of the network.
	Labels []string
	// Version is that of cnnc.
	Version string
	// Table and Tensors are how examples are prepared, as far as training learned
	// it: see Preparation.
	Table   string
	Tensors []Tensor
	// Also are further vectors packed as the parameters, such as the state of an
	// optimizer.
	Also []Vector
	// Metadata is added to that of the file; its keys must not be ours.
	Metadata map[string]string
}

// Vector is a named packed vector. Its part that belongs to the parameter
// conv1.kernel is the tensor "Name/conv1.kernel" of the file.
type Vector struct {
	Name   string
	Packed []float32 // of length ParamFloats
}

// Encode makes the file of a network's parameters. params is the packed vector
// of length net.ParamFloats.
func Encode(net *model.Network, params []float32, o Options) (*File, error) {
	rows, err := json.Marshal(layerRows(net))
	if err != nil {
		return nil, err
	}
	labels := o.Labels
	if labels == nil {
		labels = net.Labels
	}
	f := &File{Metadata: map[string]string{
		metaFormat:  "cnnc",
		metaModel:   net.Name,
		metaNetwork: net.Hash,
		metaLayers:  string(rows),
	}}
	if o.Version != "" {
		f.Metadata[metaVersion] = o.Version
	}
	if o.Table != "" {
		f.Metadata[TableKey] = o.Table
	}
	if len(labels) > 0 {
		if err := checkLabels(net, labels); err != nil {
			return nil, err
		}
		text, err := json.Marshal(labels)
		if err != nil {
			return nil, err
		}
		f.Metadata[metaLabels] = string(text)
	}
	if err := appendLogical(f, net, "", params); err != nil {
		return nil, err
	}
	for _, v := range o.Also {
		if err := appendLogical(f, net, v.Name+"/", v.Packed); err != nil {
			return nil, err
		}
	}
	for _, t := range o.Tensors {
		if !strings.HasPrefix(t.Name, preparationPrefix) {
			return nil, fmt.Errorf("tensor %s of the preparation: its name does not begin with %s", t.Name, preparationPrefix)
		}
		f.Tensors = append(f.Tensors, t)
	}
	for k, v := range o.Metadata {
		if _, taken := f.Metadata[k]; taken {
			return nil, fmt.Errorf("metadata key %q is taken", k)
		}
		f.Metadata[k] = v
	}
	return f, nil
}

// Save writes the parameters of a network to the file name.
func Save(name string, net *model.Network, params []float32, o Options) error {
	f, err := Encode(net, params, o)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return WriteFile(name, f)
}

// Load reads a weight file into a packed vector of length net.ParamFloats and
// returns the labels of the file, nil if it has none. A file of another network
// is refused with an error that names the first layer or tensor that differs.
func Load(name string, net *model.Network) (params []float32, labels []string, err error) {
	f, err := ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	params, labels, err = Decode(f, net)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return params, labels, nil
}

// Decode is Load for a file in memory. A file without the metadata of cnnc,
// written by another program, is accepted when its tensors have the names and
// shapes of the network's.
func Decode(f *File, net *model.Network) (params []float32, labels []string, err error) {
	if err := check(f, net); err != nil {
		return nil, nil, err
	}
	if text, ok := f.Metadata[metaLabels]; ok {
		if err := json.Unmarshal([]byte(text), &labels); err != nil {
			return nil, nil, fmt.Errorf("the labels in the metadata are not a JSON list of strings: %w", err)
		}
		if err := checkLabels(net, labels); err != nil {
			return nil, nil, err
		}
	}
	params = make([]float32, net.ParamFloats)
	for i := range net.Params {
		p := &net.Params[i]
		t := f.Lookup(p.Name)
		if err := Pack(p, params, t.Data); err != nil {
			return nil, nil, err
		}
	}
	return params, labels, nil
}

// DecodeVector returns a vector that Encode was given in Options.Also, nil if
// the file has none of that name. The file must have passed Decode.
func DecodeVector(f *File, net *model.Network, name string) ([]float32, error) {
	var packed []float32
	for i := range net.Params {
		p := &net.Params[i]
		t := f.Lookup(name + "/" + p.Name)
		if t == nil {
			if packed == nil {
				return nil, nil
			}
			return nil, fmt.Errorf("there is no tensor %s/%s", name, p.Name)
		}
		if packed == nil {
			if i > 0 {
				return nil, fmt.Errorf("there is no tensor %s/%s", name, net.Params[0].Name)
			}
			packed = make([]float32, net.ParamFloats)
		}
		if err := Pack(p, packed, t.Data); err != nil {
			return nil, err
		}
	}
	return packed, nil
}

// check finds the first difference between the network a file was made for and
// net.
func check(f *File, net *model.Network) error {
	hash, ours := f.Metadata[metaNetwork]
	if ours && hash != net.Hash {
		var theirs []layerRow
		if err := json.Unmarshal([]byte(f.Metadata[metaLayers]), &theirs); err != nil {
			return fmt.Errorf("weights of another network (%s)", f.Metadata[metaModel])
		}
		mine := layerRows(net)
		for i := range max(len(mine), len(theirs)) {
			switch {
			case i >= len(theirs):
				return fmt.Errorf("weights of another network: it has no layer %s (%s)", mine[i].Name, mine[i])
			case i >= len(mine):
				return fmt.Errorf("weights of another network: it goes on with layer %s (%s)", theirs[i].Name, theirs[i])
			case mine[i].Name != theirs[i].Name:
				return fmt.Errorf("weights of another network: its layer %d is %s (%s), here it is %s (%s)",
					i+1, theirs[i].Name, theirs[i], mine[i].Name, mine[i])
			case mine[i].String() != theirs[i].String():
				return fmt.Errorf("weights of another network: its layer %s is %s, here it is %s",
					mine[i].Name, theirs[i], mine[i])
			}
		}
	}
	for i := range net.Params {
		p := &net.Params[i]
		t := f.Lookup(p.Name)
		if t == nil {
			return fmt.Errorf("weights of another network: there is no tensor %s %s", p.Name, shapeText(p.Shape))
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("weights of another network: tensor %s is %s, here it is %s", p.Name, shapeText(t.Shape), shapeText(p.Shape))
		}
	}
	for i := range f.Tensors {
		name := f.Tensors[i].Name
		if ours && strings.Contains(name, "/") {
			continue // of a Vector or a Preparation
		}
		if !slices.ContainsFunc(net.Params, func(p model.Param) bool { return p.Name == name }) {
			return fmt.Errorf("weights of another network: tensor %s %s is not in this one", name, shapeText(f.Tensors[i].Shape))
		}
	}
	if ours && hash != net.Hash {
		return fmt.Errorf("weights of another network: layers and tensors are the same as here, but not the way they are connected")
	}
	return nil
}

func layerRows(net *model.Network) []layerRow {
	rows := make([]layerRow, len(net.Layers))
	for i, l := range net.Layers {
		rows[i] = layerRow{Name: l.Name, Kind: l.Kind, Args: l.Args, Shape: l.Shape}
	}
	return rows
}

func shapeText(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	parts := make([]string, len(shape))
	for i, a := range shape {
		parts[i] = fmt.Sprint(a)
	}
	return strings.Join(parts, "x")
}

func appendLogical(f *File, net *model.Network, prefix string, packed []float32) error {
	for i := range net.Params {
		p := &net.Params[i]
		t := Tensor{Name: prefix + p.Name, Shape: p.Shape, Data: make([]float32, p.Packing.Taps*p.Packing.In*p.Packing.Out)}
		if err := Unpack(p, t.Data, packed); err != nil {
			return err
		}
		f.Tensors = append(f.Tensors, t)
	}
	return nil
}

// Pack copies a logical tensor, last axis fastest, to its place in a packed
// vector of the whole network. Cells that belong to no logical element are
// cleared.
func Pack(p *model.Param, packed, logical []float32) error {
	if err := fits(p, packed, logical); err != nil {
		return err
	}
	k := p.Packing
	cells := packed[p.Offset : p.Offset+k.Floats()]
	clear(cells)
	for tap := range k.Taps {
		for in := range k.In {
			row := logical[(tap*k.In+in)*k.Out:][:k.Out]
			for out, v := range row {
				cells[k.Index(tap, in, out)] = v
			}
		}
	}
	return nil
}

// Unpack is the inverse of Pack.
func Unpack(p *model.Param, logical, packed []float32) error {
	if err := fits(p, packed, logical); err != nil {
		return err
	}
	k := p.Packing
	cells := packed[p.Offset : p.Offset+k.Floats()]
	for tap := range k.Taps {
		for in := range k.In {
			row := logical[(tap*k.In+in)*k.Out:][:k.Out]
			for out := range row {
				row[out] = cells[k.Index(tap, in, out)]
			}
		}
	}
	return nil
}

func fits(p *model.Param, packed, logical []float32) error {
	k := p.Packing
	if n := k.Taps * k.In * k.Out; len(logical) != n {
		return fmt.Errorf("tensor %s: %d elements, want %d", p.Name, len(logical), n)
	}
	if p.Offset < 0 || p.Offset+k.Floats() > len(packed) {
		return fmt.Errorf("tensor %s: packed vector of %d elements is too short", p.Name, len(packed))
	}
	return nil
}

// checkLabels compares names of classes with the network. Those of values are
// names of the values.
func checkLabels(net *model.Network, labels []string) error {
	if want := net.Classes(); want > 0 && len(labels) != want {
		return fmt.Errorf("%d labels for a network of %d classes", len(labels), want)
	} else if want == 0 && len(labels) != net.Outputs {
		return fmt.Errorf("%d labels for a network of %d outputs", len(labels), net.Outputs)
	}
	return nil
}
