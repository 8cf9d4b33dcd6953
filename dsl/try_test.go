package dsl
import ("testing";"os";"fmt";"github.com/cnnc/cnnc/dsl/diag";"github.com/cnnc/cnnc/dsl/elab")
func TestTry(t *testing.T){
  b,_ := os.ReadFile("testdata/quickdraw.cnn")
  o := elab.Options{Classes:10}
  p, l := Load("q.cnn", string(b), o)
  diag.Render(os.Stdout, l, Sources("q.cnn", string(b), o))
  for _, x := range p.Layers { fmt.Println(x.Name, x.Inputs, x.Args, x.Trace) }
  for _, x := range p.Hypers { fmt.Printf("%+v\n", x) }
  for _, s := range [][]elab.Setting{p.Data,p.Augment,p.Train,p.Tune} { for _, x := range s { fmt.Println(x.Name, x.Args) } }
  out, err := Format(b); fmt.Println(string(out), err)
}
