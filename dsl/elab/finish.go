package elab

import (
	"strconv"

	"github.com/cnnc/cnnc/dsl/diag"
)

// unusedLayers warns of results that go nowhere.
func (e *elaborator) unusedLayers(output int) {
	used := make([]bool, len(e.layers))
	for _, l := range e.layers {
		for _, in := range l.Inputs {
			used[in] = true
		}
	}
	for i, l := range e.layers {
		if used[i] || i == output || len(e.list) >= maxErrors {
			continue
		}
		e.list.Add(diag.Warningf(diag.UnusedLayer, l.Pos, "the result of this %s is not used", l.Kind)).
			WithHelp("name the line and use it in add or concat, or remove it")
	}
	if output >= 0 && output != len(e.layers)-1 {
		e.errorf(diag.BadNet, e.layers[len(e.layers)-1].Pos, "the net ends with from, so its last layer is not its output").
			WithHelp("the last line of the net computes its output")
	}
}

// nameLayers gives every layer its unique name. Ordinals count all layers of a
// kind, so that naming a line leaves the other names alone. A name given inside
// a block or a repeat gets an ordinal too, because it may occur again.
func (e *elaborator) nameLayers() {
	taken := map[string]bool{}
	for i, name := range e.named {
		if name != "" && !e.local[i] {
			taken[name] = true
		}
	}
	ordinals := map[string]int{}
	next := func(base string) string {
		ordinals[base]++
		name := base + strconv.Itoa(ordinals[base])
		if c := base[len(base)-1]; c >= '0' && c <= '9' {
			name = base + "_" + strconv.Itoa(ordinals[base]) // relu6_1, not relu61
		}
		return name
	}
	// A name that the user took already gets a suffix; the ordinals go on.
	unique := func(name string) string {
		free := name
		for n := 2; taken[free]; n++ {
			free = name + "_" + strconv.Itoa(n)
		}
		taken[free] = true
		return free
	}
	for i := range e.layers {
		l := &e.layers[i]
		auto := "input"
		if l.Kind != auto {
			auto = next(l.Kind)
		}
		switch user := e.named[i]; {
		case user == "":
			l.Name = unique(auto)
		case e.local[i]:
			l.Name = unique(next(user))
		default:
			l.Name = user
		}
	}
	e.prog.Layers = e.layers
}
