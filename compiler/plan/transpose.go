package plan

import "fmt"

// Transpose remakes derived weights from packed ones: for input-channel panels
// of the forward kernel, rows are (tap, out channel):
//
//	derived[in/16][t*OutPad+out][in%16] = param[out/16][(Taps[t]*InPad+in)][out%16]
//
// for in < Packing.In and out < Packing.Out; the panels over in are
// len(Taps)*OutPad*16 floats long. Other cells are zero and stay zero. A dense
// kernel is seen as Taps [0] with In the run of elements to be written.
type Transpose struct {
	Info
	From    int // offset in Params
	Packing Packing
	To      int // offset in Derived
	Taps    []int
	OutPad  int // channels of dy that a product reads
}

// Kernel implements Call.
func (c *Transpose) Kernel() string { return "transpose" }

func (c *Transpose) derives() {}

func (c *Transpose) accesses(*accesses) {}

func (c *Transpose) check(v *verifier) {
	panel := len(c.Taps) * c.OutPad * 16
	if end := c.To + (c.Packing.In+15)/16*panel; c.To < 0 || end > v.plan.DerivedFloats || c.Packing.Out > c.OutPad {
		v.fail("%s writes %d to %d of %d", c.Name, c.To, end, v.plan.DerivedFloats)
	}
	for _, t := range c.Taps {
		last := c.From + c.Packing.Index(t, c.Packing.In-1, c.Packing.Out-1)
		if t < 0 || c.From < 0 || last >= v.plan.ParamFloats {
			v.fail("%s reads %d of %d parameters", c.Name, last, v.plan.ParamFloats)
		}
	}
}

func (c *Transpose) detail() string {
	return fmt.Sprintf("params %d -> derived %d, %d taps, %d x %d", c.From, c.To, len(c.Taps), c.Packing.In, c.Packing.Out)
}
