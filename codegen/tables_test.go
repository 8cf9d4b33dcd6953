package codegen_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/codegen/extract"
	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/codegen/support"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
	"github.com/cnnc/cnnc/dsl/lang"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// TestActivationsHaveKernels compares the compiler's table of activations with
// those of the kernels: the same functions, and gradients from the same value.
func TestActivationsHaveKernels(t *testing.T) {
	fromOutput, params := map[string]bool{}, map[string][]string{}
	for _, a := range simd.Activations() {
		fromOutput[a.Name], params[a.Name] = a.FromOutput, a.Params
		if op.LookupActivation(a.Name) == nil {
			t.Errorf("%s has kernels, and compiler/op does not know it", a.Name)
		}
	}
	for _, a := range op.Activations() {
		if out, ok := fromOutput[a.Name]; !ok || out != a.FromOutput {
			t.Errorf("%s: in codegen/simd %v, gradient from the output %v; in compiler/op %v", a.Name, ok, out, a.FromOutput)
		}
		var named []string
		for _, p := range a.Params {
			named = append(named, strings.TrimPrefix(simd.Variant{Family: "x", Func: "x_" + p.Name}.Name(), "xX"))
		}
		if got := params[a.Name]; !slices.EqualFunc(got, named, strings.EqualFold) {
			t.Errorf("%s: the kernels take %v, the function has %v", a.Name, got, named)
		}
		for _, family := range []string{"act", "actGrad"} {
			name := simd.Variant{Family: family, Func: a.Name}.Name()
			k, ok := portable.Find(name)
			if !ok {
				t.Errorf("codegen/portable has no kernel %s", name)
				continue
			}
			var last []string
			for _, p := range k.Params[len(k.Params)-len(named):] {
				last = append(last, p.Name)
			}
			if !slices.Equal(last, params[a.Name]) {
				t.Errorf("%s takes %v in portable Go, %v in assembly", name, last, params[a.Name])
			}
		}
	}
}

func found(name string) bool {
	_, ok := portable.Find(name)
	return ok
}

// TestLossesHaveKernels looks for the functions that compute each loss.
func TestLossesHaveKernels(t *testing.T) {
	p, err := extract.Parse(support.Files, support.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range op.Losses() {
		for _, name := range []string{l.Kernel + "Loss", l.Kernel + "Grad"} {
			if !slices.Contains(p.Names(), name) {
				t.Errorf("%s: codegen/support has no function %s", l.Name, name)
			}
		}
	}
}

// TestOptimizersHaveKernels compares the forms of the update rules with their
// kernels: the same state, and the same numbers in the same order.
func TestOptimizersHaveKernels(t *testing.T) {
	kernels := map[string]simd.Optimizer{}
	for _, o := range simd.Optimizers() {
		kernels[o.Kernel] = o
		if optimizer.FormOf(o.Kernel) == nil {
			t.Errorf("codegen/simd has a kernel %s, and no update rule a form of that name", o.Kernel)
		}
	}
	for _, r := range optimizer.Rules {
		for _, f := range r.Forms {
			k, ok := kernels[f.Kernel]
			if !ok {
				t.Errorf("codegen/simd has no kernel %s", f.Kernel)
				continue
			}
			var state []string
			for _, s := range f.Slots {
				state = append(state, s.Name)
			}
			if !slices.Equal(state, k.State) {
				t.Errorf("%s: state %v, the kernel's is %v", f.Kernel, state, k.State)
			}
			if want := slices.Concat(optimizer.CommonFactors, f.Factors); !slices.Equal(want, k.Factors) {
				t.Errorf("%s: factors %v, the kernel takes %v", f.Kernel, want, k.Factors)
			}
			if f.Trust != k.Direction {
				t.Errorf("%s: the kernel leaves a direction: %v, the rule takes one: %v", f.Kernel, k.Direction, f.Trust)
			}
			if !found(f.Kernel) {
				t.Errorf("codegen/portable has no kernel %s", f.Kernel)
			}
		}
	}
}

// TestOptimizersAreGenerated takes every optimizer of the language through to a
// package that is trained by it.
func TestOptimizersAreGenerated(t *testing.T) {
	for _, row := range lang.OptimizerTable {
		if row.Later {
			continue
		}
		for _, words := range []string{"optimizer " + row.Name, row.Example} {
			source := strings.Replace(tiny, "optimizer sgd(0.1)", words, 1)
			for _, f := range compile(t, "tiny", source, codegen.Options{}) {
				if f.Name == "tiny_train_cnn.go" && !strings.Contains(string(f.Data), "func update(u *model.Update, k, n int)") {
					t.Errorf("%s: no update is generated", words)
				}
			}
		}
	}
}

// TestGeneratedNetworksCover: what TestGenerated builds and runs must have every
// kind of call, and every kind with each of its fields in use and not in use,
// that the scheduler makes of the networks of plantest in any way.
func TestGeneratedNetworksCover(t *testing.T) {
	built, wanted := map[string]bool{}, map[string]bool{}
	add := func(to map[string]bool, n network) {
		c, err := plantest.Compile(n.graph, n.fused, n.options)
		if err != nil {
			t.Fatalf("%s: %v", n.name, err)
		}
		for _, p := range []plan.Program{c.Plan.Infer, c.Plan.Train} {
			for _, call := range p.Calls() {
				for _, f := range features(call) {
					to[f] = true
				}
			}
		}
	}
	for _, n := range networks() {
		add(built, n)
	}
	for _, n := range plantest.Nets() {
		for _, fused := range []bool{true, false} {
			for _, o := range []sched.Options{{Batch: 64}, {Batch: 5, TrainMicro: 3, InferMicro: 2}} {
				add(wanted, network{name: n.Name, graph: n.Graph, fused: fused, options: o})
			}
		}
	}
	for f := range wanted {
		if !built[f] {
			t.Errorf("no generated network has %s", f)
		}
	}
}

// features describes a call by its kind and, for each field, whether it is set;
// words count with what they say, and buffers with those that are the same.
func features(c plan.Call) []string {
	var list []string
	buffers := map[*plan.Buffer]string{}
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		if b, ok := v.Interface().(*plan.Buffer); ok && b != nil {
			if first := buffers[b]; first != "" {
				list = append(list, name+" over "+first)
			}
			buffers[b] = name
		}
		if p, ok := v.Interface().(*plan.MaxPool); ok && p != nil {
			v = v.Elem()
		}
		switch {
		case v.Kind() == reflect.String:
			list = append(list, name+" "+v.String())
		case v.Kind() == reflect.Struct:
			list = append(list, name)
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.Name != "Info" {
					walk(name+"."+f.Name, v.Field(i))
				}
			}
		case v.IsZero():
			list = append(list, "no "+name)
		default:
			list = append(list, name)
		}
	}
	v := reflect.ValueOf(c).Elem()
	walk(v.Type().Name(), v)
	return list
}
