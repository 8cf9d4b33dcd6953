package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/browsertest"
	"github.com/cnnc/cnnc/runtime/data/doodles"
)

// figuresModel is a network that learns doodles within a second or two.
const figuresModel = `cnn 1
model figures
net {
    input 28x28x1
    conv 8 3x3 same relu
    maxpool 2x2
    conv 16 3x3 same relu
    maxpool 2x2
    flatten
    dense classes softmax
}
data {
    train    doodles(6000)
    gray
    resize   28x28
    rescale  1/255
    batch    32
}
train {
    loss      categorical_crossentropy
    optimizer adam(3e-3)
    metrics   accuracy
    epochs    6
    seed      1
}
`

// trainedDoodles trains a small network in a folder and returns the model file, the
// run folder and, for each class, a picture that it has not seen.
func trainedDoodles(t *testing.T) (model, runDir string, pictures map[string][]byte) {
	t.Helper()
	if testing.Short() {
		t.Skip("it trains a network")
	}
	dir := t.TempDir()
	model, runDir = filepath.Join(dir, "figures.cnn"), filepath.Join(dir, "run")
	if err := os.WriteFile(model, []byte(figuresModel), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run([]string{"train", model, "-o", runDir, "--progress", "none"}, &out, &out); code != exitOK {
		t.Fatalf("train: %d\n%s", code, out.String())
	}
	pictures = map[string][]byte{}
	for c, class := range doodles.Classes() {
		img := image.NewGray(image.Rect(0, 0, 61, 61)) // to be resized
		doodles.Draw(99, "elsewhere", c, 5).Render(img.Pix, 61, 61)
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		pictures[class] = b.Bytes()
	}
	return model, runDir, pictures
}

// startServe runs the command in a process of its own and returns its address.
func startServe(t *testing.T, args ...string) (address string, cmd *exec.Cmd) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(program, append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), "CNNC_TEST_COMMAND=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	m := regexp.MustCompile(`on (http://\S+)/\n`).FindStringSubmatch(line)
	if err != nil || m == nil {
		_ = cmd.Wait()
		t.Fatalf("serve says %q (%v)\n%s", line, err, stderr.String())
	}
	return m[1], cmd
}

// get returns the body of an answer.
func get(t *testing.T, r *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// TestServe: a trained network, its program and the server, over real connections;
// then the same from the page in a browser, and from WebAssembly.
func TestServe(t *testing.T) {
	model, runDir, pictures := trainedDoodles(t)
	address, cmd := startServe(t, model, "127.0.0.1:0", "-o", runDir, "--max-pixels", "5000")
	url := address + "/v1/models/figures:predict"

	t.Run("predict", func(t *testing.T) {
		var answer struct {
			Predictions [][]float64
			Top         [][]struct {
				Label string
				Score float64
			}
			Seen []struct{ B64 []byte }
		}
		for _, class := range []string{"circle", "triangle", "star"} {
			r, err := http.Post(url+"?top=1&seen=1", "image/png", bytes.NewReader(pictures[class]))
			code, body := get(t, r, err)
			if code != 200 {
				t.Fatalf("%s: %d %s", class, code, body)
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			if got := answer.Top[0][0].Label; got != class {
				t.Errorf("%s is called %s", class, got)
			}
			// What it saw, as nested lists, scores the same but for the rounding of
			// pixels.
			seen, err := png.Decode(bytes.NewReader(answer.Seen[0].B64))
			if err != nil {
				t.Fatal(err)
			}
			var rows [][]int
			for y := range 28 {
				var row []int
				for x := range 28 {
					row = append(row, int(color.GrayModel.Convert(seen.At(x, y)).(color.Gray).Y))
				}
				rows = append(rows, row)
			}
			text, err := json.Marshal(map[string]any{"instances": []any{rows, map[string]string{"b64": base64.StdEncoding.EncodeToString(pictures[class])}}})
			if err != nil {
				t.Fatal(err)
			}
			whole := slices.Clone(answer.Predictions[0])
			r, err = http.Post(url, "application/json", bytes.NewReader(text))
			if code, body = get(t, r, err); code != 200 {
				t.Fatalf("%d %s", code, body)
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			for i, v := range whole {
				if d := math.Abs(answer.Predictions[0][i] - v); d > 0.02 {
					t.Errorf("%s: as values %v, as a file %v", class, answer.Predictions[0], whole)
				}
				if answer.Predictions[1][i] != v {
					t.Errorf("%s: in base 64 %v, as a file %v", class, answer.Predictions[1], whole)
				}
			}
		}
		large := image.NewGray(image.Rect(0, 0, 100, 51))
		var b bytes.Buffer
		if err := png.Encode(&b, large); err != nil {
			t.Fatal(err)
		}
		r, err := http.Post(url, "image/png", &b)
		if code, body := get(t, r, err); code != 400 || !strings.Contains(body, "5100 pixels; the limit is 5000") {
			t.Errorf("a large picture: %d %s", code, body)
		}
	})
	t.Run("page", func(t *testing.T) { drawOnPage(t, address) })
	t.Run("static", func(t *testing.T) { staticPage(t, model, runDir, pictures, url) })

	// The program dies under a server that goes on.
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(cmd.Process.Pid)).Output()
	if err == nil {
		var pid int
		if _, err := fmt.Sscan(string(out), &pid); err != nil {
			t.Fatal(err)
		}
		child, err := os.FindProcess(pid)
		if err == nil {
			err = child.Kill()
		}
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			r, err := http.Post(url, "image/png", bytes.NewReader(pictures["star"]))
			code, body := get(t, r, err)
			if code == 200 {
				break
			}
			if code != 502 && code != 503 || time.Now().After(end) {
				t.Fatalf("after a crash: %d %s", code, body)
			}
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopped by Ctrl-C: %v", err)
	}
}

// drawOnPage draws a circle with the mouse and a line with keys, and watches the
// scores.
func drawOnPage(t *testing.T, address string) {
	p := browsertest.Open(t, address+"/", 1280, 1000)
	if got := p.Text("#verdict"); got != "Draw something." {
		t.Errorf("at first: %q", got)
	}
	var box struct{ X, Y, Width, Height float64 }
	p.Eval(&box, `document.getElementById('pad').getBoundingClientRect().toJSON()`)
	var circle [][2]float64
	for i := range 41 {
		a := float64(i) / 40 * 2 * math.Pi
		circle = append(circle, [2]float64{box.X + box.Width*(0.5+0.3*math.Cos(a)), box.Y + box.Height*(0.5+0.3*math.Sin(a))})
	}
	p.Mouse(circle...)
	p.Wait(`document.querySelectorAll('#bars li').length === 10 && document.getElementById('verdict').innerText === 'circle'`)
	// Of what the network saw, the bright pixels.
	const bright = `(() => { const d = document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data; let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] > 127; return n; })()`
	p.Wait(bright + " > 0")
	p.Wait("!busy") // the last answer is there, and shown a little later
	p.Eval(nil, "new Promise(resolve => setTimeout(resolve, 200))")
	var ink int
	p.Eval(&ink, bright)
	if ink < 40 || ink > 300 {
		t.Errorf("%d bright pixels of a circle", ink)
	}
	if file := os.Getenv("CNNC_SCREENSHOTS"); file != "" {
		p.Screenshot(filepath.Join(file, "draw-1280.png"))
		p.Size(400, 1400)
		p.Screenshot(filepath.Join(file, "draw-400.png"))
		p.Size(1280, 1000)
	}
	p.Eval(nil, `document.getElementById('pad').focus()`)
	p.Key(" ")
	for range 8 {
		p.Key("ArrowRight")
	}
	p.Wait(fmt.Sprintf("%s > %d", bright, ink))
	p.Eval(nil, `document.getElementById('undo').click()`)
	p.Wait(fmt.Sprintf("%s === %d", bright, ink))
	p.Eval(nil, `document.getElementById('clear').click()`)
	p.Wait(`document.querySelectorAll('#bars li').length === 0`)
	for _, width := range []int{1280, 760, 400} {
		p.Size(width, 900)
		if wide := p.Fits(); len(wide) > 0 {
			t.Errorf("%d pixels: beyond the window: %q", width, wide)
		}
	}
	if len(p.Problems) > 0 {
		t.Errorf("the page complains: %q", p.Problems)
	}
}

// TestServeRows: a network for tables, asked by a program, from the form of its page
// and as WebAssembly.
func TestServeRows(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains a network")
	}
	dir := t.TempDir()
	model := filepath.Join(dir, "rows.cnn")
	table := "size,color,kind\n"
	for i := range 200 {
		color := []string{"red", "blue"}[i/2%2]
		kind := "small"
		if i*37%100 >= 50 {
			kind = "large"
		}
		table += fmt.Sprintf("%d,%s,%s\n", i*37%100, color, kind)
	}
	for name, text := range map[string]string{"rows.csv": table, "rows.cnn": `cnn 1
model rows
net {
    input features
    dense 8 relu
    dense classes softmax
}
data {
    train csv("rows.csv")
    numeric     "size" zscore
    categorical "color" onehot
    class       "kind"
    batch 16
}
train {
    loss      categorical_crossentropy
    optimizer adam(3e-2)
    epochs    20
    seed      1
}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runDir := filepath.Join(dir, "run")
	var out bytes.Buffer
	if code := run([]string{"train", model, "-o", runDir, "--progress", "none"}, &out, &out); code != exitOK {
		t.Fatalf("train: %d\n%s", code, out.String())
	}
	address, _ := startServe(t, model, ":0", "-o", runDir)
	ask := func(body string) (int, string) {
		r, err := http.Post(address+"/v1/models/rows:predict?top=1", "application/json", strings.NewReader(body))
		return get(t, r, err)
	}
	code, body := ask(`{"instances": [{"size": 90, "color": "red"}, [5, "blue"]]}`)
	if code != 200 || !strings.Contains(body, `"top":[[{"label":"large"`) || !strings.Contains(body, `[{"label":"small"`) {
		t.Errorf("%d %s", code, body)
	}
	if code, body := ask(`{"instances": [{"size": "tall", "color": "red"}]}`); code != 400 || !strings.Contains(body, `column \"size\"`) {
		t.Errorf("no number: %d %s", code, body)
	}
	if code, body := ask(`{"instances": [{"size": 1, "color": "green"}]}`); code != 400 || !strings.Contains(body, "green") {
		t.Errorf("no category: %d %s", code, body)
	}

	public := filepath.Join(dir, "public")
	if code := run([]string{"serve", model, "-o", runDir, "--static", public}, &out, &out); code != exitOK {
		t.Fatalf("%d\n%s", code, out.String())
	}
	static := httptest.NewServer(http.FileServer(http.Dir(public)))
	defer static.Close()
	for _, from := range []string{address, static.URL} {
		p := browsertest.Open(t, from+"/", 1280, 800)
		const verdict = `document.getElementById('verdict').innerText === `
		for size, want := range map[string]string{"95": "large", "3": "small"} {
			p.Eval(nil, fmt.Sprintf(`(() => { const f = document.getElementById('row').elements.size; f.value = %q; f.dispatchEvent(new Event('input')); })()`, size))
			p.Wait(verdict + "'" + want + "'")
		}
		for _, width := range []int{1280, 400} {
			p.Size(width, 800)
			if wide := p.Fits(); len(wide) > 0 {
				t.Errorf("%d pixels: beyond the window: %q", width, wide)
			}
		}
		if file := os.Getenv("CNNC_SCREENSHOTS"); file != "" {
			p.Size(1280, 700)
			p.Screenshot(filepath.Join(file, "rows-1280.png"))
		}
	}
}
