package sched_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

// TestNets executes the plans of the fixed networks, fused and unfused, for
// small and default micro-batches.
func TestNets(t *testing.T) {
	for _, net := range plantest.Nets() {
		for _, fused := range []bool{true, false} {
			for _, o := range []sched.Options{{Batch: 24}, {Batch: 5, TrainMicro: 2, InferMicro: 3}} {
				t.Run(fmt.Sprintf("%s/fused=%v/micro=%d", net.Name, fused, o.TrainMicro), func(t *testing.T) {
					c, err := plantest.Compile(net.Graph, fused, o)
					if err != nil {
						t.Fatal(err)
					}
					c.Check(t, rand.New(rand.NewPCG(7, 7)))
					if t.Failed() {
						t.Logf("%s\n%s", c.Train, c.Plan)
					}
				})
			}
		}
	}
}

// TestNetsCover checks that the fixed networks make the scheduler use every
// kind of call and every variant that emitters must know.
func TestNetsCover(t *testing.T) {
	find := func(f func(c plan.Call) bool) bool {
		for _, net := range plantest.Nets() {
			for _, fused := range []bool{true, false} {
				c, err := plantest.Compile(net.Graph, fused, sched.Options{Batch: 64})
				if err != nil {
					t.Fatal(err)
				}
				for _, call := range append(c.Plan.Infer.Calls(), c.Plan.Train.Calls()...) {
					if f(call) {
						return true
					}
				}
			}
		}
		return false
	}
	igemm := func(f func(c *plan.IGEMM) bool) func(plan.Call) bool {
		return func(c plan.Call) bool { g, ok := c.(*plan.IGEMM); return ok && f(g) }
	}
	wgrad := func(f func(c *plan.WGrad) bool) func(plan.Call) bool {
		return func(c plan.Call) bool { g, ok := c.(*plan.WGrad); return ok && f(g) }
	}
	winograd := func(f func(c *plan.Winograd) bool) func(plan.Call) bool {
		return func(c plan.Call) bool { w, ok := c.(*plan.Winograd); return ok && f(w) }
	}
	winogradGrad := func(f func(c *plan.WinogradGrad) bool) func(plan.Call) bool {
		return func(c plan.Call) bool { w, ok := c.(*plan.WinogradGrad); return ok && f(w) }
	}
	for _, c := range []struct {
		name string
		f    func(plan.Call) bool
	}{
		{"igemm on the caller's images", igemm(func(c *plan.IGEMM) bool { return c.X.Space == plan.Input })},
		{"igemm with fixed distances", igemm(func(c *plan.IGEMM) bool { return c.ConstPitch > 0 })},
		{"igemm with add, in place", igemm(func(c *plan.IGEMM) bool { return c.Add != nil && c.Add == c.Y })},
		{"igemm with add and relu", igemm(func(c *plan.IGEMM) bool { return c.Add != nil && c.ReLU })},
		{"igemm with mask, in place", igemm(func(c *plan.IGEMM) bool { return c.Mask != nil && c.Mask == c.Y })},
		{"igemm with mask, elsewhere", igemm(func(c *plan.IGEMM) bool { return c.Mask != nil && c.Mask != c.Y })},
		{"igemm with add and mask", igemm(func(c *plan.IGEMM) bool { return c.Add != nil && c.Mask != nil })},
		{"igemm with add of a gradient", igemm(func(c *plan.IGEMM) bool { return c.Add != nil && c.Mask == nil && c.W.Space == plan.Derived })},
		{"igemm in runs", igemm(func(c *plan.IGEMM) bool { return c.Run > 0 && c.Run%16 == 0 })},
		{"igemm in runs that end in half a panel", igemm(func(c *plan.IGEMM) bool { return c.Run%16 == 8 })},
		{"narrow along rows with mask", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Window.On() && c.Mask != nil })},
		{"narrow along rows, strided", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Window.Step == 2 })},
		{"narrow along rows in several groups", igemm(func(c *plan.IGEMM) bool {
			return c.Narrow > 0 && c.Window.On() && c.OutH%c.Tiles.Rows != 0
		})},
		{"narrow with pooling", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Pool != nil })},
		{"narrow across images", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Tiles.AcrossImages })},
		{"narrow with mask", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Mask != nil })},
		{"narrow with add", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Add != nil && c.ReLU })},
		{"narrow with padding channels", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.X.C < c.X.Cp })},
		{"narrow of several groups with a smaller last", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && c.Tiles.Last != nil })},
		{"narrow in phases", igemm(func(c *plan.IGEMM) bool { return c.Narrow > 0 && strings.Contains(c.Name, "Phase") })},
		{"igemm without bias", igemm(func(c *plan.IGEMM) bool { return c.Bias < 0 && c.W.Space == plan.Params })},
		{"igemm of several groups with a smaller last", igemm(func(c *plan.IGEMM) bool { return c.Tiles.Last != nil && c.Pool == nil })},
		{"strip with a smaller last", igemm(func(c *plan.IGEMM) bool { return c.Tiles.Last != nil && c.Pool != nil })},
		{"strip without mask", igemm(func(c *plan.IGEMM) bool { return c.Pool != nil && c.Pool.Mask == nil })},
		{"strip with mask and relu", igemm(func(c *plan.IGEMM) bool { return c.Pool != nil && c.Pool.Mask != nil && c.Pool.ReLU })},
		{"panels outside", igemm(func(c *plan.IGEMM) bool { return c.Tiles.PanelOuter })},
		{"dense behind a bordered image", igemm(func(c *plan.IGEMM) bool { return c.Tiles.AcrossImages && len(c.Seg) > 1 })},
		{"dense gradient into a bordered image", igemm(func(c *plan.IGEMM) bool { return c.Tiles.AcrossImages && c.W.Space == plan.Derived && c.Y.HasHalo() })},
		{"phases", igemm(func(c *plan.IGEMM) bool { return strings.Contains(c.Name, "Phase") })},
		{"half a panel", igemm(func(c *plan.IGEMM) bool { return c.OutC%16 == 8 })},
		{"weight gradient with a bias in a tile", wgrad(func(c *plan.WGrad) bool { return c.FuseBias })},
		{"bias gradient in a pass of its own", wgrad(func(c *plan.WGrad) bool { return c.DB >= 0 && !c.FuseBias && !c.Pack })},
		{"narrow weight gradient of several images", wgrad(func(c *plan.WGrad) bool { return c.Narrow > 0 && c.Images > 1 && !c.AcrossImages })},
		{"narrow weight gradient of several blocks of rows", wgrad(func(c *plan.WGrad) bool { return c.Narrow > 0 && c.Rows < c.OutH && c.OutH%c.Rows != 0 })},
		{"narrow weight gradient across images", wgrad(func(c *plan.WGrad) bool { return c.Narrow > 0 && c.AcrossImages })},
		{"narrow weight gradient with padding channels", wgrad(func(c *plan.WGrad) bool { return c.Narrow > 0 && c.In < c.X.Cp })},
		{"packed weight gradient", wgrad(func(c *plan.WGrad) bool { return c.Pack })},
		{"weight gradient of several images", wgrad(func(c *plan.WGrad) bool { return c.Images > 1 && !c.AcrossImages })},
		{"weight gradient of several blocks of rows", wgrad(func(c *plan.WGrad) bool { return c.Rows < c.OutH && c.OutH%c.Rows != 0 })},
		{"weight gradient across images", wgrad(func(c *plan.WGrad) bool { return c.AcrossImages })},
		{"winograd in tiles of 4x4", winograd(func(c *plan.Winograd) bool { return c.Tile == 4 })},
		{"winograd in tiles of 2x2", winograd(func(c *plan.Winograd) bool { return c.Tile == 2 })},
		{"winograd in tiles of 2x2 with a pooling", winograd(func(c *plan.Winograd) bool { return c.Tile == 2 && c.Pool != nil })},
		{"winograd with a pooling and a mask", winograd(func(c *plan.Winograd) bool { return c.Pool != nil && c.Pool.Mask != nil })},
		{"winograd with half a panel", winograd(func(c *plan.Winograd) bool { return c.OutC%16 == 8 })},
		{"winograd with channels of padding", winograd(func(c *plan.Winograd) bool { return c.K < c.In })},
		{"winograd with add", winograd(func(c *plan.Winograd) bool { return c.Add != nil })},
		{"winograd with mask", winograd(func(c *plan.Winograd) bool { return c.Mask != nil })},
		{"winograd with tiles beyond the image", winograd(func(c *plan.Winograd) bool { return c.OutH%int(c.Tile) != 0 && c.OutW%int(c.Tile) != 0 })},
		{"winograd gradient with bias", winogradGrad(func(c *plan.WinogradGrad) bool { return c.DB >= 0 && c.Tile == 4 })},
		{"winograd gradient without bias", winogradGrad(func(c *plan.WinogradGrad) bool { return c.DB < 0 })},
		{"winograd gradient in tiles of 2x2", winogradGrad(func(c *plan.WinogradGrad) bool { return c.DB >= 0 && c.Tile == 2 })},
		{"winograd gradient in groups", winogradGrad(func(c *plan.WinogradGrad) bool { return c.OutC < c.Outputs })},
		{"winograd gradient of several images", winogradGrad(func(c *plan.WinogradGrad) bool { return c.Images > 1 })},
		{"maxpool", func(c plan.Call) bool { p, ok := c.(*plan.MaxPool); return ok && p.Mask == nil }},
		{"maxpool with mask", func(c plan.Call) bool { p, ok := c.(*plan.MaxPool); return ok && p.Mask != nil }},
		{"maxpool gradient, overlapping", func(c plan.Call) bool { p, ok := c.(*plan.MaxPoolGrad); return ok && p.Overlap }},
		{"maxpool gradient with gaps", func(c plan.Call) bool { p, ok := c.(*plan.MaxPoolGrad); return ok && p.Uncovered && !p.Overlap }},
		{"maxpool gradient, plain", func(c plan.Call) bool { p, ok := c.(*plan.MaxPoolGrad); return ok && !p.Uncovered && !p.Overlap }},
		{"avgpool", func(c plan.Call) bool { _, ok := c.(*plan.AvgPool); return ok }},
		{"avgpool gradient", func(c plan.Call) bool { p, ok := c.(*plan.AvgPoolGrad); return ok && p.Overlap }},
		{"activation in place", func(c plan.Call) bool { p, ok := c.(*plan.Act); return ok && p.X == p.Y }},
		{"activation elsewhere", func(c plan.Call) bool { p, ok := c.(*plan.Act); return ok && p.X != p.Y }},
		{"activation gradient", func(c plan.Call) bool { _, ok := c.(*plan.ActGrad); return ok }},
		{"dropout", func(c plan.Call) bool { _, ok := c.(*plan.Dropout); return ok }},
		{"add", func(c plan.Call) bool { p, ok := c.(*plan.Add); return ok && !p.ReLU }},
		{"add with relu", func(c plan.Call) bool { p, ok := c.(*plan.Add); return ok && p.ReLU }},
		{"concat", func(c plan.Call) bool { p, ok := c.(*plan.CopyChannels); return ok && p.YFrom > 0 }},
		{"slice", func(c plan.Call) bool { p, ok := c.(*plan.CopyChannels); return ok && p.XFrom > 0 }},
		{"reshape to a vector", func(c plan.Call) bool { p, ok := c.(*plan.Reshape); return ok && p.Y.H == 1 }},
		{"reshape to an image", func(c plan.Call) bool { p, ok := c.(*plan.Reshape); return ok && p.Y.H > 1 }},
		{"load", func(c plan.Call) bool { _, ok := c.(*plan.Load); return ok }},
		{"store", func(c plan.Call) bool { _, ok := c.(*plan.Store); return ok }},
		{"softmax", func(c plan.Call) bool { _, ok := c.(*plan.Softmax); return ok }},
		{"softmax gradient", func(c plan.Call) bool { _, ok := c.(*plan.SoftmaxGrad); return ok }},
		{"softmax crossentropy", func(c plan.Call) bool {
			p, ok := c.(*plan.LossGrad)
			return ok && p.Loss.Kind == "softmax_crossentropy"
		}},
		{"crossentropy", func(c plan.Call) bool {
			p, ok := c.(*plan.LossGrad)
			return ok && p.Loss.Kind == "categorical_crossentropy"
		}},
		{"mse", func(c plan.Call) bool { p, ok := c.(*plan.LossGrad); return ok && p.Loss.Kind == "mean_squared_error" }},
		{"cleared pixels", func(c plan.Call) bool { p, ok := c.(*plan.Zero); return ok && !p.HaloOnly }},
		{"cleared border", func(c plan.Call) bool { p, ok := c.(*plan.Zero); return ok && p.HaloOnly }},
	} {
		if !find(c.f) {
			t.Errorf("no network has %s", c.name)
		}
	}
}
