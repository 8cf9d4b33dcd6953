package compiler_test
import ("testing";"fmt";"os"
"github.com/cnnc/cnnc/compiler"
"github.com/cnnc/cnnc/compiler/plan"
"github.com/cnnc/cnnc/dsl"
"github.com/cnnc/cnnc/dsl/elab"
)
func TestZZ(t *testing.T){
 src := `cnn 1
model quickdraw
hyper filters = choice(32, 64, 128)
hyper rate    = choice(1e-2, 1e-3, 1e-4) default 1e-3
block double(f) {
    conv f 3x3 same relu l2=1e-5
    conv f 3x3 same relu l2=1e-5
    maxpool 2x2
}
net {
    input 28x28x1
    double(filters)
    double(filters*2)
    dropout 0.3
    double(filters*4)
    dropout 0.4
    flatten
    dropout 0.2
    dense 10 softmax
}
data { train doodles
  batch 128
}
train { loss categorical_crossentropy
 optimizer adam(rate)
}
`
 p, l := dsl.Load("x.cnn", src, elab.Options{})
 for _, d := range l { fmt.Println(d) }
 if l.HasErrors() { t.FailNow() }
 r, l := compiler.Compile(p, compiler.Options{Stages:true})
 for _, d := range l { fmt.Println(d) }
 if r == nil { t.FailNow() }
 r.Plan.WriteLayers(os.Stdout)
 plan.WriteMemory(os.Stdout, r.Plan.Memory(plan.Use{Workers:2,Batch:128,Prefetch:2,Training:true,Validation:true,Best:true}))
 r.Explain(os.Stdout, os.Getenv("AFTER"))
}
