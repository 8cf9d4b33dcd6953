package plan

import "fmt"

// Arrange remakes derived weights from packed ones for a product with groups, to few
// channels, or for a transposed one that inference runs: the taps of a kernel in some order, as the panels
// that the product reads. Output channel o of the product, in group q = o/Out,
// stands in lane o%16 of its panel; the rows of tap t are the inputs that its unit
// reads:
//
//	derived[o/16][t*Rows + q*In + i - Base(o)][o%16] = param[f/16][Taps[t]*InPad + c][f%16]
//
// for i < In. Forward, c = i and f = o; backward, for a product that goes from the
// kernel's outputs to its inputs, c = o - q*Out and f = q*In + i. Other cells are
// zero and stay zero.
type Arrange struct {
	Info
	From     int // offset in Params
	Packing  Packing
	To       int // offset in Derived
	Taps     []int
	Groups   Groups // of the product; Count 1 for one group
	Rows     int    // of a tap
	Backward bool
	// AlongK lays out a row for each output channel instead of panels, for products
	// to few channels (IGEMM.Narrow): derived[o*PanelFloats + t*Rows + i].
	AlongK bool
	// Fold, unless nil, scales the output channels of the product.
	Fold *Fold
}

// Kernel implements Call.
func (c *Arrange) Kernel() string { return "arrange" }

func (c *Arrange) derives() {}

// PanelFloats is the distance between two panels, or rows.
func (c *Arrange) PanelFloats() int {
	if c.AlongK {
		return len(c.Taps) * c.Rows
	}
	return len(c.Taps) * c.Rows * 16
}

// Floats is the size of the derived weights: whole cache lines.
func (c *Arrange) Floats() int {
	if c.AlongK {
		return (c.Groups.Out*c.PanelFloats() + 15) / 16 * 16
	}
	return (c.Groups.Count*c.Groups.Out + 15) / 16 * c.PanelFloats()
}

// Place is where the weight of row r of tap t and output channel o lies in To.
func (c *Arrange) Place(t, r, o int) int {
	if c.AlongK {
		return o*c.PanelFloats() + t*c.Rows + r
	}
	return o/16*c.PanelFloats() + (t*c.Rows+r)*16 + o%16
}

// Channel is the output channel of the weight at a place.
func (c *Arrange) Channel(place int) int {
	if c.AlongK {
		return place / c.PanelFloats()
	}
	return place/c.PanelFloats()*16 + place%16
}

// Each calls f with the place of every weight, in the derived panels and in the
// packed parameter.
func (c *Arrange) Each(f func(to, from int)) {
	g := c.Groups
	for o := range g.Count * g.Out {
		q := o / g.Out
		for t, tap := range c.Taps {
			for i := range g.In {
				in, out := i, o
				if c.Backward {
					in, out = o-q*g.Out, q*g.In+i
				}
				f(c.Place(t, q*g.In+i-g.Base(o), o), c.Packing.Index(tap, in, out))
			}
		}
	}
}

func (c *Arrange) accesses(*accesses) {}

func (c *Arrange) check(v *verifier) {
	if c.To < 0 || c.To+c.Floats() > v.plan.DerivedFloats || c.Groups.Count < 1 || c.Rows < c.Groups.Span() || c.AlongK && c.Groups.On() {
		v.fail("%s writes %d to %d of %d, %d rows a tap", c.Name, c.To, c.To+c.Floats(), v.plan.DerivedFloats, c.Rows)
		return
	}
	for _, t := range c.Taps {
		if t < 0 || t >= c.Packing.Taps {
			v.fail("%s reads tap %d of %d", c.Name, t, c.Packing.Taps)
			return
		}
	}
	c.Each(func(to, from int) {
		if to < 0 || to >= c.Floats() || from < 0 || c.From+from >= v.plan.ParamFloats {
			v.fail("%s moves %d of %d parameters to %d of %d", c.Name, c.From+from, v.plan.ParamFloats, to, c.Floats())
		}
	})
}

func (c *Arrange) detail() string {
	s := fmt.Sprintf("params %d -> derived %d, %d taps, %d x %d", c.From, c.To, len(c.Taps), c.Groups.Count*c.Groups.In, c.Groups.Count*c.Groups.Out)
	if t := c.Groups.String(); t != "" {
		s += ", " + t
	}
	if c.AlongK {
		s += ", a row for each output"
	}
	if c.Fold != nil {
		s += ", scaled as " + c.Fold.Name
	}
	return s
}
