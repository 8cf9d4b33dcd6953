package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// channels plans the repetition of channels for depthwise convolutions with several
// filters each, and the way back.
func (b *builder) channels(s step) {
	v := s.out
	x, y, n := b.buf(v.Args[0]), b.output(s), v.Attr.(ir.RepeatAttr).Times
	if v.Op == "repeat_channels" {
		b.call(s.backward, &plan.RepeatChannels{Info: b.info(v, callName(s, "Repeat"), pass(s)), X: x, Y: y, Times: n})
		b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("each channel %d times", n))
		return
	}
	b.call(s.backward, &plan.SumChannels{Info: b.info(v, callName(s, "Sum"), pass(s)), X: x, Y: y, Times: n})
	b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("sums of %d channels", n))
}
