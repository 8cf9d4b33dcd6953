package sched

import (
	"github.com/cnnc/cnnc/compiler/plan"
)

// estimateAll sets Bytes of every call: what it reads and writes for one
// example, weights counted as if one example used them alone.
func estimateAll(calls []plan.Call) {
	for _, c := range calls {
		i := c.Base()
		if i.Bytes != 0 {
			continue
		}
		for _, a := range plan.Accesses(c) {
			b := a.Buffer
			if b.Scratch {
				continue // stays in the cache
			}
			n := int64(4 * b.H * b.W * b.Cp)
			if b.MaskCells > 0 {
				n = int64(b.MaskBytes())
			}
			if a.Read {
				i.Bytes += n
			}
			if a.Write {
				i.Bytes += n
			}
		}
		switch c := c.(type) {
		case *plan.IGEMM:
			i.Bytes += 4 * int64((c.OutC+15)/16*c.W.PanelFloats)
		case *plan.Winograd:
			i.Bytes += 4 * int64(plan.WinogradPlanes*c.PlaneFloats)
		case *plan.WinogradGrad:
			i.Bytes += 8 * int64(plan.WinogradPlanes*c.SumPlane())
		case *plan.WGrad:
			i.Bytes += 8 * int64((c.OutC+15)/16*c.DW.PanelFloats)
		}
	}
}
