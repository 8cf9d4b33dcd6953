package verify

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/runtime/model"
)

// TestNumericFindsWrongGradient: a gradient of the reference that is one per
// cent too large is found by the name of its parameter; in a network too large
// for that, one twice as large along all parameters together.
func TestNumericFindsWrongGradient(t *testing.T) {
	for _, flops := range []int64{0, numericFLOPs} {
		for seed := range uint64(3) {
			g := compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 8)), compilertest.Options{})
			if err := pass.Run(g, pass.Training, nil); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(seed, 9))
			v := &verifier{
				net:   &model.Network{Layers: []model.Layer{{FLOPs: flops}}},
				train: g, rng: r, report: &Report{}, in: compilertest.RandomInputs(r, g, 2),
			}
			var err error
			if v.want, err = eval.Run(g, v.in); err != nil {
				t.Fatal(err)
			}
			if err := v.numeric(); err != nil {
				t.Fatal(err)
			}
			if err := v.report.Err(); err != nil {
				t.Errorf("right gradients, seed %d: %v", seed, err)
			}
			wrong := len(g.Params) - 1
			for g.Grads[wrong] == nil {
				wrong--
			}
			v.report = &Report{}
			x := v.want.Of(g.Grads[wrong])
			factor := 1.01
			if flops > 0 {
				factor = 2 // one of many in the sum
			}
			for k := range x {
				x[k] *= factor
			}
			if err := v.numeric(); err != nil {
				t.Fatal(err)
			}
			name := g.Params[wrong].Value.Name
			if flops > 0 {
				name = "all parameters"
			}
			if err := v.report.Err(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("a wrong gradient of %s, seed %d: %v", g.Params[wrong].Value.Name, seed, err)
			}
		}
	}
}
