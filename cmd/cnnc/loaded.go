package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// weightArgs say which weights a picture shows.
type weightArgs struct {
	Run     string `aliases:"dir" placeholder:"DIR" type:"path" help:"The run folder. Default: runs/MODEL in the working directory."`
	Weights string `short:"w" placeholder:"FILE" type:"path" help:"The weights. Default: the best of the run folder."`
}

// folder is the run folder.
func (a *weightArgs) folder(m *compiled) string {
	if a.Run != "" {
		return a.Run
	}
	return filepath.Join("runs", strings.ToLower(m.Plan.Name))
}

// loaded is a compiled model file with the weights of a run.
type loaded struct {
	*compiled
	// from is the weight file.
	from   string
	file   *weights.File
	labels []string
}

// load reads the weights of a model and holds them against its network.
func (a *weightArgs) load(m *compiled) (*loaded, error) {
	t := &loaded{compiled: m, from: a.Weights}
	if t.from == "" {
		dir := a.folder(m)
		for _, name := range []string{train.BestFile, train.LastFile} {
			if name = filepath.Join(dir, name); t.from == "" && exists(name) {
				t.from = name
			}
		}
		if t.from == "" {
			return nil, fmt.Errorf("%s holds no weights; train the network first (cnnc train %s), or name another folder with --run or a file with --weights", displayName(dir), m.name)
		}
	}
	var err error
	if t.file, err = weights.ReadFile(t.from); err != nil {
		return nil, err
	}
	net := networkOf(m)
	if _, t.labels, err = weights.Decode(t.file, net); err != nil {
		return nil, fmt.Errorf("%s: %w", displayName(t.from), err)
	}
	if t.labels == nil {
		t.labels = m.Plan.Labels
	}
	for i := len(t.labels); i < net.Classes(); i++ {
		t.labels = append(t.labels, fmt.Sprint(i))
	}
	return t, nil
}

// networkOf describes the network as a generated package does, as far as weight
// files ask.
func networkOf(m *compiled) *model.Network {
	p := m.Plan
	net := &model.Network{
		Name: p.Name, Hash: p.Hash, Labels: p.Labels, Outputs: p.Outputs, ParamFloats: p.ParamFloats, Head: m.Head,
		Height: p.InputH, Width: p.InputW, Channels: p.InputC,
	}
	for _, l := range p.Layers {
		net.Layers = append(net.Layers, model.Layer{Name: l.Name, Kind: l.Kind, Args: l.Args, Shape: l.Shape})
	}
	for _, t := range p.Params {
		net.Params = append(net.Params, model.Param{Name: t.Name, Shape: t.Shape, Offset: t.Offset, Packing: model.Packing(t.Packing)})
	}
	return net
}

// tensor returns the elements of a parameter, nil for none of that name.
func (t *loaded) tensor(name string) []float32 {
	if x := t.file.Lookup(name); x != nil {
		return x.Data
	}
	return nil
}

// example is a picture as the network gets it.
type example struct {
	name string
	x    []float64 // [H W C], as training has it
	raw  []float32 // [H W C], values 0..255
	spec preprocess.Spec
}

// example reads a picture file.
func (m *loaded) example(name string) (*example, error) {
	if m.Data.Table != nil {
		return nil, fmt.Errorf("%s: the network takes rows of a table, and no pictures", m.name)
	}
	prepared := m.file.Prepared()
	spec, err := data.Learned(m.Data, prepared.Find)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", displayName(m.from), err)
	}
	if spec.Channels != 1 && spec.Channels != 3 {
		return nil, fmt.Errorf("%s: the input has %d channels; pictures can fill 1 or 3", m.name, spec.Channels)
	}
	if n := m.Plan.InputH * m.Plan.InputW * m.Plan.InputC; spec.Len() != n {
		return nil, fmt.Errorf("%s: pictures are made %dx%dx%d, the network wants %dx%dx%d", m.name,
			spec.Height, spec.Width, spec.Channels, m.Plan.InputH, m.Plan.InputW, m.Plan.InputC)
	}
	img, err := data.Decode(name, m.Data.MaxPixels, data.NewScratch())
	if err != nil {
		return nil, err
	}
	e := &example{name: filepath.Base(name), raw: make([]float32, spec.Len()), x: make([]float64, spec.Len()), spec: spec}
	var scratch preprocess.Scratch
	if err := spec.Raw(e.raw, img, &scratch); err != nil {
		return nil, &data.FileError{Path: name, Err: err}
	}
	scaled := append([]float32(nil), e.raw...)
	spec.Finish(scaled, &scratch)
	for i, v := range scaled {
		e.x[i] = float64(v)
	}
	return e, nil
}
