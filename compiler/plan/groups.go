package plan

import "fmt"

// Groups says which input channels the output channels of a product see. Output
// channel o belongs to group o/Out and sees the In input channels of that group
// only. The zero value is one group: all see all.
//
// Channels are computed in units that read one run of Span input channels, from
// Base on. A group of a multiple of 16 outputs is a unit of its own. Otherwise
// units are one vector of 8 outputs, which several groups may share: then the run
// covers all their inputs, and weights between an output and the inputs of another
// group are zero (block-diagonal panels). Either way a unit writes whole vectors,
// and whole vectors only, so no channel is written twice and none is copied.
//
// With one input and one output a group, depthwise convolution, vectors of inputs
// are multiplied by vectors of weights, channel by channel: there are no units.
type Groups struct {
	Count   int
	In, Out int // channels of a group
}

// On reports whether there are groups.
func (g Groups) On() bool { return g.Count > 1 }

// Depthwise reports whether each output channel sees the one input channel of its
// number.
func (g Groups) Depthwise() bool { return g.On() && g.In == 1 && g.Out == 1 }

// unitChannels is the smallest unit: half a panel.
const unitChannels = 8

// Unit is the number of output channels that read one run of inputs.
func (g Groups) Unit() int {
	if g.Out%16 == 0 {
		return g.Out
	}
	return unitChannels
}

// Shared reports whether units are single vectors, which several groups may share.
func (g Groups) Shared() bool { return g.On() && !g.Depthwise() && g.Out%16 != 0 }

// Span is the number of input channels that a unit reads, 1 for depthwise.
func (g Groups) Span() int {
	if g.Depthwise() || !g.Shared() {
		return g.In
	}
	most := 0
	for o := 0; o < g.Count*g.Out; o += unitChannels {
		last := min(o+unitChannels, g.Count*g.Out) - 1
		most = max(most, last/g.Out-o/g.Out+1)
	}
	return most * g.In
}

// Base is the first input channel of the unit that output channel o belongs to;
// the channel itself for depthwise. A unit never reads past the last channel.
func (g Groups) Base(o int) int {
	if g.Depthwise() {
		return o
	}
	first := o / g.Unit() * g.Unit()
	return min(first/g.Out*g.In, g.Count*g.In-g.Span())
}

// Ratio is the number of products computed for each that the groups have.
func (g Groups) Ratio() float64 {
	if !g.Shared() {
		return 1
	}
	vectors := (g.Count*g.Out + unitChannels - 1) / unitChannels * unitChannels
	return float64(vectors*g.Span()) / float64(g.Count*g.Out*g.In)
}

// Reversed are the groups of backward-data: inputs and outputs exchanged.
func (g Groups) Reversed() Groups { return Groups{g.Count, g.Out, g.In} }

// String is how comments put it: "4 groups of 6 -> 8", "depthwise", "" for one group.
func (g Groups) String() string {
	switch {
	case !g.On():
		return ""
	case g.Depthwise():
		return "depthwise"
	}
	s := fmt.Sprintf("%d groups of %d -> %d", g.Count, g.In, g.Out)
	if r := g.Ratio(); r > 1 {
		s += fmt.Sprintf(", block-diagonal with %.1f times their products", r)
	}
	return s
}

// check reports groups that do not fit a product from x to outC channels, in c.
func (g Groups) check(v *verifier, name string, x *Buffer, outC, rows int) {
	if !g.On() {
		return
	}
	switch {
	case g.In < 1 || g.Out < 1 || g.Count*g.In > x.C || outC != (g.Count*g.Out+7)/8*8 || rows < g.Span():
		v.fail("%s: %d groups of %d and %d channels, %d and %d there are, %d rows a tap", name, g.Count, g.In, g.Out, x.C, outC, rows)
	case g.Depthwise() && x.Cp%8 != 0:
		v.fail("%s: %d channels are no vectors", name, x.Cp)
	}
}
