package weights_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/weights"
)

func mlp(hidden int) *model.Network {
	return modeltest.MLP{Height: 3, Width: 2, Channels: 1, Hidden: hidden, Outputs: 3, Shards: 2, Micro: 2}.Network()
}

// numbered fills every logical cell with a number of its own and the padding
// with poison.
func numbered(t *testing.T, net *model.Network) (packed []float32) {
	t.Helper()
	packed = make([]float32, net.ParamFloats)
	next := float32(1)
	for i := range net.Params {
		p := &net.Params[i]
		logical := make([]float32, p.Packing.Taps*p.Packing.In*p.Packing.Out)
		for j := range logical {
			logical[j] = next
			next++
		}
		if err := weights.Pack(p, packed, logical); err != nil {
			t.Fatal(err)
		}
	}
	return packed
}

// TestPackConvolution checks the places of a convolution kernel HWIO: tap =
// (kh*KW+kw), last axis fastest, panels of 16 output channels.
func TestPackConvolution(t *testing.T) {
	const kh, kw, in, out = 2, 3, 5, 18
	p := model.Param{Name: "conv1.kernel", Shape: []int{kh, kw, in, out}, Offset: 16, Packing: model.Packing{Taps: kh * kw, In: in, InPad: 8, Out: out}}
	logical := make([]float32, kh*kw*in*out)
	for i := range logical {
		logical[i] = float32(i + 1)
	}
	packed := make([]float32, 16+p.Packing.Floats()+1)
	for i := range packed {
		packed[i] = -7
	}
	if err := weights.Pack(&p, packed, logical); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i, v := range packed[16 : 16+p.Packing.Floats()] {
		// Read the place back by the definition of the panels.
		panel, row, lane := i/(kh*kw*8*16), i/16%(kh*kw*8), i%16
		tap, c, o := row/8, row%8, panel*16+lane
		want := float32(0)
		if c < in && o < out {
			want = float32((tap*in+c)*out+o) + 1
			seen++
		}
		if v != want {
			t.Fatalf("cell %d (tap %d, in %d, out %d) is %v, want %v", i, tap, c, o, v, want)
		}
	}
	if seen != len(logical) {
		t.Errorf("%d cells of %d", seen, len(logical))
	}
	if packed[15] != -7 || packed[len(packed)-1] != -7 {
		t.Error("cells of other tensors were written")
	}
	back := make([]float32, len(logical))
	if err := weights.Unpack(&p, back, packed); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(logical, back); d != "" {
		t.Error(d)
	}
	if weights.Pack(&p, packed[:100], logical) == nil || weights.Pack(&p, packed, logical[1:]) == nil {
		t.Error("vectors of the wrong length accepted")
	}
}

func TestSaveLoad(t *testing.T) {
	net := mlp(19)
	params := numbered(t, net)
	name := filepath.Join(t.TempDir(), "w.safetensors")
	labels := []string{"café", `a "b"`, ""}
	extra := numbered(t, net)
	extra[0] = -1
	o := weights.Options{Labels: labels, Version: "1.2.3", Also: []weights.Vector{{Name: "slot", Packed: extra}}, Metadata: map[string]string{"x": "y"}}
	if err := weights.Save(name, net, params, o); err != nil {
		t.Fatal(err)
	}
	got, gotLabels, err := weights.Load(name, net)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(params, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(labels, gotLabels); d != "" {
		t.Error(d)
	}
	f, err := weights.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	slot, err := weights.DecodeVector(f, net, "slot")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(extra, slot); d != "" {
		t.Error(d)
	}
	if v, err := weights.DecodeVector(f, net, "other"); v != nil || err != nil {
		t.Errorf("a vector that is not there: %v, %v", v, err)
	}
	if f.Metadata["x"] != "y" || f.Metadata["cnnc_version"] != "1.2.3" || f.Metadata["model"] != "mlp" {
		t.Errorf("metadata %v", f.Metadata)
	}
	// Logical form: the tensors of the file have the shapes of the parameters.
	if k := f.Lookup("dense1.kernel"); k == nil || cmp.Diff([]int{6, 19}, k.Shape) != "" || k.Data[20] != 21 {
		t.Errorf("dense1.kernel is %+v", k)
	}
	// The same content gives the same bytes.
	first, _ := os.ReadFile(name)
	if err := weights.Save(name, net, params, o); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(name); !bytes.Equal(first, second) {
		t.Error("saving again gives other bytes")
	}
	o.Labels = labels[:2]
	if err := weights.Save(name, net, params, o); err == nil {
		t.Error("2 labels for 3 outputs accepted")
	}
}

// TestOtherNetwork: the first difference is named.
func TestOtherNetwork(t *testing.T) {
	net := mlp(19)
	encode := func(net *model.Network) *weights.File {
		f, err := weights.Encode(net, numbered(t, net), weights.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	foreign := func(change func(f *weights.File)) *weights.File {
		f := encode(net)
		f.Metadata = nil // as another program writes it
		change(f)
		return f
	}
	renamed := mlp(19)
	renamed.Hash = "other"
	renamed.Layers[2].Name = "out"
	longer := mlp(19)
	longer.Hash = "other"
	longer.Layers = append(longer.Layers, model.Layer{Name: "softmax1", Kind: "softmax", Shape: []int{3}})
	shorter := mlp(19)
	shorter.Hash = "other"
	shorter.Layers = shorter.Layers[:2]
	rewired := mlp(19)
	rewired.Hash = "other"
	for _, c := range []struct {
		name string
		file *weights.File
		want string // "" is accepted
	}{
		{"same", encode(mlp(19)), ""},
		{"hidden units", encode(mlp(20)), "its layer dense1 is dense 20 relu -> 20, here it is dense 19 relu -> 19"},
		{"layer name", encode(renamed), "its layer 3 is out (dense 3 softmax -> 3), here it is dense2"},
		{"one more", encode(longer), "it goes on with layer softmax1"},
		{"one less", encode(shorter), "it has no layer dense2"},
		{"connections", encode(rewired), "not the way they are connected"},
		{"foreign", foreign(func(*weights.File) {}), ""},
		{"foreign order", foreign(func(f *weights.File) { f.Tensors[0], f.Tensors[3] = f.Tensors[3], f.Tensors[0] }), ""},
		{"foreign shape", foreign(func(f *weights.File) { f.Tensors[2].Shape = []int{3, 19} }), "tensor dense2.kernel is 3x19, here it is 19x3"},
		{"foreign missing", foreign(func(f *weights.File) { f.Tensors = f.Tensors[:3] }), "no tensor dense2.bias 3"},
		{"foreign extra", foreign(func(f *weights.File) {
			f.Tensors = append(f.Tensors, weights.Tensor{Name: "x/y", Data: []float32{1}})
		}), "tensor x/y scalar is not in this one"},
		{"labels", foreign(func(f *weights.File) { f.Metadata = map[string]string{"labels": `["a"]`} }), "1 labels for a network of 3"},
		{"bad labels", foreign(func(f *weights.File) { f.Metadata = map[string]string{"labels": `{}`} }), "not a JSON list"},
		{"bad layers", foreign(func(f *weights.File) { f.Metadata = map[string]string{"network": "z", "layers": "["} }), "weights of another network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := weights.Decode(c.file, net)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(numbered(t, net), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// FuzzDecode: whatever a file holds, decoding it for a network ends in an error
// or in a vector of the right length.
func FuzzDecode(f *testing.F) {
	net := mlp(5)
	file, err := weights.Encode(net, make([]float32, net.ParamFloats), weights.Options{
		Labels: []string{"a", "b", "c"}, Also: []weights.Vector{{Name: "best", Packed: make([]float32, net.ParamFloats)}},
	})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := weights.Write(&b, file); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(b.Bytes()))
	file.Metadata["network"] = "other"
	b.Reset()
	if err := weights.Write(&b, file); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(b.Bytes()))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := weights.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		params, labels, err := weights.Decode(file, net)
		if err != nil {
			return
		}
		if len(params) != net.ParamFloats || labels != nil && len(labels) != net.Outputs {
			t.Fatalf("%d parameters, %d labels", len(params), len(labels))
		}
		if v, err := weights.DecodeVector(file, net, "best"); err == nil && v != nil && len(v) != net.ParamFloats {
			t.Fatalf("a vector of %d", len(v))
		}
	})
}
