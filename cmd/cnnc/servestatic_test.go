package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/browsertest"
)

// staticPage writes the page for a static server, and compares WebAssembly with the
// server, in node and in a browser.
func staticPage(t *testing.T, model, runDir string, pictures map[string][]byte, url string) {
	dir := filepath.Join(t.TempDir(), "public")
	var out bytes.Buffer
	args := []string{"serve", model, "-o", runDir, "--static", dir}
	if code := run(args, &out, &out); code != exitOK {
		t.Fatalf("%d\n%s", code, out.String())
	}
	if code := run(args, &out, &out); code != exitFailed || !strings.Contains(out.String(), "exists already") {
		t.Errorf("a second time: %d\n%s", code, out.String())
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the folder there are %v (%v)", entries, err)
	}
	want := map[string][]float64{}
	for class, file := range pictures {
		r, err := http.Post(url, "image/png", bytes.NewReader(file))
		code, body := get(t, r, err)
		var answer struct{ Predictions [][]float64 }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || code != 200 {
			t.Fatalf("%d %s", code, body)
		}
		want[class] = answer.Predictions[0]
	}
	compare := func(class string, got []float64) {
		t.Helper()
		if len(got) != 10 {
			t.Fatalf("%s: scores %v", class, got)
		}
		for i, v := range got {
			if math.Abs(v-want[class][i]) > 1e-5 {
				t.Errorf("%s: WebAssembly %v, the server %v", class, got, want[class])
				return
			}
		}
	}

	t.Run("node", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("no node is installed")
		}
		script := `
const fs = require('fs');
require(process.argv[1] + '/wasm_exec.js');
const go = new Go();
WebAssembly.instantiate(fs.readFileSync(process.argv[1] + '/model.wasm'), go.importObject).then(({instance}) => {
	go.run(instance);
	const files = JSON.parse(fs.readFileSync(0)), out = {};
	for (const name in files) {
		const a = cnncPredict(new Uint8Array(Buffer.from(files[name], 'base64')));
		out[name] = {scores: a.scores, pixels: a.pixels && a.pixels.length, error: a.error};
	}
	const star = new Uint8Array(Buffer.from(files.star, 'base64')), begin = performance.now();
	for (let i = 0; i < 50; i++) cnncPredict(star);
	console.error(((performance.now() - begin) / 50).toFixed(3) + ' ms');
	console.log(JSON.stringify(out));
	process.exit(0);
});`
		files := map[string][]byte{"bad": []byte("hello")}
		for name, file := range pictures {
			files[name] = file
		}
		text, err := json.Marshal(files)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, node, "-e", script, dir)
		cmd.Stdin = bytes.NewReader(text)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		t.Logf("a picture takes %s", strings.TrimSpace(stderr.String()))
		var got map[string]struct {
			Scores []float64
			Pixels int
			Error  string
		}
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
			t.Fatalf("%v\n%s", err, stdout.String())
		}
		if !strings.Contains(got["bad"].Error, "not an image") {
			t.Errorf("no picture: %+v", got["bad"])
		}
		for class := range pictures {
			compare(class, got[class].Scores)
			if got[class].Pixels != 784 {
				t.Errorf("%s: %d pixels seen", class, got[class].Pixels)
			}
		}
	})
	t.Run("browser", func(t *testing.T) {
		server := httptest.NewServer(http.FileServer(http.Dir(dir)))
		defer server.Close()
		p := browsertest.Open(t, server.URL+"/#'+nothing.here+'", 1280, 1000) // what an address may hold is not run
		p.Eval(nil, fmt.Sprintf(`(async () => {
			const bytes = Uint8Array.from(atob(%q), c => c.charCodeAt(0)), data = new DataTransfer();
			data.items.add(new File([bytes], 'star.png', {type: 'image/png'}));
			const field = document.getElementById('file');
			field.files = data.files;
			field.dispatchEvent(new Event('change'));
		})()`, base64.StdEncoding.EncodeToString(pictures["star"])))
		p.Wait(`document.getElementById('verdict').innerText === 'star'`)
		if got := p.Text("#time"); !strings.Contains(got, "in this browser") {
			t.Errorf("time %q", got)
		}
		// The favicon is the browser's own wish.
		p.Problems = slices.DeleteFunc(p.Problems, func(s string) bool { return strings.Contains(s, "favicon") })
		if len(p.Problems) > 0 {
			t.Errorf("the page complains: %q", p.Problems)
		}
	})
}
