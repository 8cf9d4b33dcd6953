package sched_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

func TestZZ(t *testing.T) {
	for _, hw := range []int{28, 255} {
		g := plantest.Build("quick", ir.Shape{hw, hw, 1}, func(n *plantest.Chain) {
			for _, f := range []int{32, 64, 128} {
				n.Conv(f, 3, 3, true).Relu().Conv(f, 3, 3, true).Relu().MaxPool(2, 2)
				if f > 32 {
					n.Dropout(0.3)
				}
			}
			n.Flatten().Dropout(.2).Dense(10)
		})
		c, err := plantest.Compile(g, os.Getenv("UNF") == "", sched.Options{Batch: 128})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(c.Plan)
	}
}
