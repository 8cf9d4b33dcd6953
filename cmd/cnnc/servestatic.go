package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/serve"
	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
)

// wasmMain is the program of the static page, which gives the page a function: for
// the bytes of an example {scores, pixels}, or {error}.
const wasmMain = `package main

import (
	"syscall/js"

	net "cnnc.child/net"
)

func main() {
	network, err := net.Embedded()
	js.Global().Set("cnncPredict", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		example := make([]byte, args[0].Get("length").Int())
		js.CopyBytesToGo(example, args[0])
		scores, pixels, err := network.PredictBytes(example)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		list := make([]any, len(scores))
		for i, v := range scores {
			list[i] = v
		}
		answer := map[string]any{"scores": list}
		if pixels != nil {
			seen := js.Global().Get("Uint8Array").New(len(pixels))
			js.CopyBytesToJS(seen, pixels)
			answer["pixels"] = seen
		}
		return answer
	}))
	select {} // the page calls the function
}
`

// What such a program adds to the generated package, which keeps what a network saw
// to itself.
const (
	wasmPictures = `package net

import cnncdata "github.com/cnnc/cnnc/runtime/data"

// PredictBytes decodes a picture file and returns scores and what the network saw,
// values 0..255.
func (net *Net) PredictBytes(example []byte) ([]float32, []byte, error) {
	img, err := cnncdata.DecodeBytes(example, %d)
	if err != nil {
		return nil, nil, err
	}
	scores, err := net.PredictImage(img)
	if err != nil {
		return nil, nil, err
	}
	raw := make([]float32, Height*Width*Channels)
	if err := picture.Raw(raw, img, &net.scratch); err != nil {
		return nil, nil, err
	}
	pixels := make([]byte, len(raw))
	for i, v := range raw {
		pixels[i] = byte(min(max(v, 0), 255) + 0.5)
	}
	return scores[:], pixels, nil
}
`
	wasmRows = `package net

import (
	"encoding/json"
	"fmt"
)

// PredictBytes reads the cells of a row, a JSON list of strings, and returns scores.
func (net *Net) PredictBytes(example []byte) ([]float32, []byte, error) {
	var cells []string
	if err := json.Unmarshal(example, &cells); err != nil {
		return nil, nil, err
	}
	if n := len(net.Columns()); len(cells) != n {
		return nil, nil, fmt.Errorf("%d cells for %d columns", len(cells), n)
	}
	scores, err := net.PredictRecord(cells)
	if err != nil {
		return nil, nil, err
	}
	return scores[:], nil, nil
}
`
)

// writeStatic writes the page and the network as WebAssembly.
func (c *serveCmd) writeStatic(s *streams) error {
	if _, err := os.Stat(c.Static); err == nil {
		return fmt.Errorf("%s exists already; name a folder that is to be made, or remove it first", displayName(c.Static))
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	m, err := c.compile(s, compiler.Options{Inference: true})
	if err != nil {
		return err
	}
	w := weightArgs{Run: c.Dir, Weights: c.Weights}
	t, err := w.load(m)
	if err != nil {
		return err
	}
	known, _, err := job.Describe(networkOf(m), m.Data, t.labels, t.file.Prepared().Table)
	if err != nil {
		return fmt.Errorf("%s: %w", displayName(t.from), err)
	}
	html, err := serve.Page(&known, paperOf(m.Data), true)
	if err != nil {
		return err
	}
	wasm, err := c.buildWasm(m, t)
	if err != nil {
		return err
	}
	glue, err := wasmExec()
	if err != nil {
		return err
	}

	// The folder comes into being whole, or not at all.
	if err := os.MkdirAll(filepath.Dir(c.Static), 0o777); err != nil {
		return err
	}
	aside, err := os.MkdirTemp(filepath.Dir(c.Static), ".cnnc-static-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	if err := os.Chmod(aside, 0o755); err != nil {
		return err
	}
	program, err := os.ReadFile(wasm)
	if err != nil {
		return err
	}
	for _, f := range []codegen.File{{Name: "index.html", Data: html}, {Name: "model.wasm", Data: program}, {Name: "wasm_exec.js", Data: glue}} {
		if err := writeIfChanged(filepath.Join(aside, f.Name), f.Data); err != nil {
			return err
		}
	}
	if err := os.Rename(aside, c.Static); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(c.Static)); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: index.html, model.wasm (%s), wasm_exec.js\n", displayName(c.Static), plan.FormatBytes(int64(len(program))))
	return nil
}

// buildWasm builds the network with its weights for a browser and returns the name
// of the program.
func (c *serveCmd) buildWasm(m *compiled, t *loaded) (string, error) {
	p := *m.Plan
	p.File = "net.cnn" // the weights are called as it
	where := m.Data
	where.Base = ""
	files, err := codegen.Generate(&p, codegen.Options{Package: "net", Inference: true, Embed: true, Data: where, Train: m.Train, Head: m.Head})
	if err != nil {
		return "", err
	}
	params, err := os.ReadFile(t.from)
	if err != nil {
		return "", err
	}
	predict := wasmRows
	if m.Data.Table == nil {
		pixels := c.MaxPixels
		if m.Data.MaxPixels > 0 {
			pixels = min(pixels, m.Data.MaxPixels)
		}
		predict = fmt.Sprintf(wasmPictures, pixels)
	}
	files = append(files, codegen.File{Name: "net.safetensors", Data: params}, codegen.File{Name: "predictbytes.go", Data: []byte(predict)})
	return buildProgram(files, wasmMain, "model.wasm", "js", "wasm")
}

// wasmExec is the file of the Go toolchain that starts its programs in a browser:
// it must be of the version that built them.
func wasmExec() ([]byte, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, goError(err)
	}
	root := strings.TrimSpace(string(out))
	for _, name := range []string{"lib/wasm/wasm_exec.js", "misc/wasm/wasm_exec.js"} {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the Go toolchain in %s has no lib/wasm/wasm_exec.js", root)
}
