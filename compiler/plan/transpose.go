package plan

import "fmt"

// Transpose remakes derived weights from packed ones: for input-channel panels
// of the forward kernel, rows are (tap, out channel):
//
//	derived[in/16][t*OutPad+out][in%16] = param[out/16][(Taps[t]*InPad+in)][out%16]
//
// for in < Packing.In and out < Packing.Out; the panels over in are
// len(Taps)*OutPad*16 floats long. Other cells are zero and stay zero. A dense
// kernel is seen as Taps [0] with In the elements to be written; in runs, as
// IGEMM has them, each run of Run inputs begins a panel.
type Transpose struct {
	Info
	From    int // offset in Params
	Packing Packing
	To      int // offset in Derived
	Taps    []int
	OutPad  int // channels of dy that a product reads
	Run     int // 0: one run
}

// Kernel implements Call.
func (c *Transpose) Kernel() string { return "transpose" }

func (c *Transpose) derives() {}

// Panels returns the number of runs of inputs, and the inputs and panels of each.
func (c *Transpose) Panels() (runs, inputs, panels int) {
	if c.Run == 0 {
		return 1, c.Packing.In, (c.Packing.In + 15) / 16
	}
	return c.Packing.In / c.Run, c.Run, (c.Run + 15) / 16
}

func (c *Transpose) accesses(*accesses) {}

func (c *Transpose) check(v *verifier) {
	panel := len(c.Taps) * c.OutPad * 16
	runs, inputs, panels := c.Panels()
	if runs*inputs != c.Packing.In {
		v.fail("%s: runs of %d of %d inputs", c.Name, c.Run, c.Packing.In)
	}
	if end := c.To + runs*panels*panel; c.To < 0 || end > v.plan.DerivedFloats || c.Packing.Out > c.OutPad {
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
