// Package browsertest opens pages in a headless Chromium, for tests of what people
// see. It speaks the DevTools protocol over a pipe and is no more than that.
//
// It imports the standard library only; only tests import it.
package browsertest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// programs are the names under which a Chromium is looked for.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// patience is what a command of the protocol, or a wait for a condition, may take.
const patience = 60 * time.Second

// Page is an open page. It is not safe for concurrent use.
type Page struct {
	t       testing.TB
	in      *os.File
	answers chan message
	id      int
	session string
	// Problems are exceptions and console errors of the page, in order.
	Problems []string
}

// message is a message of the protocol in either direction.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Open opens address in a window of so many pixels, or skips the test when no
// Chromium is installed.
func Open(t testing.TB, address string, width, height int) *Page {
	t.Helper()
	program := ""
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium is installed")
	}
	// The browser reads commands from descriptor 3 and writes answers to 4.
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "cnnc-browser-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	if err := cmd.Start(); err != nil {
		t.Skipf("Chromium does not start: %v", err)
	}
	theirIn.Close()
	theirOut.Close()
	p := &Page{t: t, in: in, answers: make(chan message, 256)}
	go func() {
		defer close(p.answers)
		r := bufio.NewReader(out)
		for {
			text, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			var m message
			if json.Unmarshal(text[:len(text)-1], &m) == nil {
				p.answers <- m
			}
		}
	}()
	t.Cleanup(func() {
		in.Close() // it ends with its input
		kill := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
		out.Close()
		for range p.answers {
		}
		for end := time.Now().Add(5 * time.Second); os.RemoveAll(profile) != nil && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond) // its helpers write a little longer
		}
	})
	var target struct {
		TargetID string `json:"targetId"`
	}
	p.do(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	p.do(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	p.session = attached.SessionID
	p.do(nil, "Runtime.enable", nil)
	p.do(nil, "Log.enable", nil)
	p.do(nil, "Page.enable", nil)
	p.Size(width, height)
	p.do(nil, "Page.navigate", map[string]any{"url": address})
	p.Wait(`document.readyState === 'complete' && location.href !== 'about:blank'`)
	return p
}

// Size makes the window so many pixels.
func (p *Page) Size(width, height int) {
	p.t.Helper()
	p.do(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
}

// do sends a command and waits for its answer.
func (p *Page) do(result any, method string, params any) {
	p.t.Helper()
	p.id++
	text, err := json.Marshal(message{ID: p.id, Session: p.session, Method: method, Params: params})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(text, 0)); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
	timeout := time.After(patience)
	for {
		select {
		case m, ok := <-p.answers:
			switch {
			case !ok:
				p.t.Fatalf("%s: the browser is gone", method)
			case m.ID == 0:
				p.event(m)
			case m.ID == p.id && m.Error != nil:
				p.t.Fatalf("%s: %s", method, m.Error.Message)
			case m.ID == p.id:
				if result != nil {
					if err := json.Unmarshal(m.Result, result); err != nil {
						p.t.Fatalf("%s: %v", method, err)
					}
				}
				return
			}
		case <-timeout:
			p.t.Fatalf("%s: no answer in %v", method, patience)
		}
	}
}

// event notes what the page complains about.
func (p *Page) event(m message) {
	text, _ := json.Marshal(m.Params)
	var e struct {
		Type  string `json:"type"`
		Entry struct {
			Level, Text, URL string
		} `json:"entry"`
	}
	_ = json.Unmarshal(text, &e)
	switch {
	case m.Method == "Runtime.exceptionThrown", m.Method == "Runtime.consoleAPICalled" && e.Type == "error":
		p.Problems = append(p.Problems, string(text))
	case m.Method == "Log.entryAdded" && e.Entry.Level == "error":
		p.Problems = append(p.Problems, e.Entry.Text+" "+e.Entry.URL)
	}
}

// Eval evaluates JavaScript, awaits it if it is a promise, and stores what comes of
// it in result, which may be nil.
func (p *Page) Eval(result any, script string) {
	p.t.Helper()
	var r struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	p.do(&r, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true})
	if r.Exception != nil {
		p.t.Fatalf("%s: %s %s", script, r.Exception.Text, r.Exception.Exception.Description)
	}
	if result != nil {
		if err := json.Unmarshal(r.Result.Value, result); err != nil {
			p.t.Fatalf("%s: %v: %s", script, err, r.Result.Value)
		}
	}
}

// Text is the text of the element that a selector finds.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var s string
	p.Eval(&s, fmt.Sprintf("document.querySelector(%q).innerText", selector))
	return s
}

// Wait waits until a condition in JavaScript holds.
func (p *Page) Wait(condition string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var ok bool
		p.Eval(&ok, "!!("+condition+")")
		if ok {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("it does not come to be: %s; the page complains of %q", condition, p.Problems)
		}
	}
}

// Mouse presses the left button, moves over the points and lets go.
func (p *Page) Mouse(points ...[2]float64) {
	p.t.Helper()
	event := func(kind string, at [2]float64, buttons int) {
		p.do(nil, "Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at[0], "y": at[1], "button": "left", "buttons": buttons, "clickCount": 1})
	}
	event("mousePressed", points[0], 1)
	for _, at := range points[1:] {
		event("mouseMoved", at, 1)
	}
	event("mouseReleased", points[len(points)-1], 0)
}

// Key presses a key by its name in KeyboardEvent.key.
func (p *Page) Key(key string) {
	p.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		p.do(nil, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key})
	}
}

// Screenshot writes what the window shows as a PNG file.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	var r struct {
		Data string `json:"data"`
	}
	p.do(&r, "Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": false})
	data, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// Fits reports elements that reach beyond the width of the window, by their tags
// and names; those that scroll by themselves may.
func (p *Page) Fits() []string {
	p.t.Helper()
	var out []string
	p.Eval(&out, `[...document.querySelectorAll('body *')].filter(e => {
		const r = e.getBoundingClientRect();
		return r.width > 0 && r.right > innerWidth + 1 && !e.closest('.scroll, pre, svg');
	}).map(e => e.tagName + '#' + e.id + '.' + e.className)`)
	return out
}
