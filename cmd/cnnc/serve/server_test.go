package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/wire"
)

// echo is a network of 2x3x1 pixels whose scores are the first two values; of a
// picture, the number of its bytes.
type echo struct {
	model wire.Model
	down  bool
	err   error
	hold  chan struct{} // answers wait for it, when it is there
	asked chan struct{}
	got   []Example
}

func newEcho() *echo {
	return &echo{model: wire.Model{Name: "echo", Height: 2, Width: 3, Channels: 1, Outputs: 2, Task: "classes", Labels: []string{"a\"b", "<c>"}}}
}

func (e *echo) Model() wire.Model { return e.model }
func (e *echo) Ready() bool       { return !e.down }

func (e *echo) Ask(ctx context.Context, examples []Example, seen bool) ([]Answer, error) {
	if e.hold != nil {
		e.asked <- struct{}{}
		select {
		case <-e.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	e.got = examples
	out := make([]Answer, len(examples))
	for i, x := range examples {
		switch x.Kind {
		case wire.Values:
			out[i].Scores = make([]float32, 2)
			wire.Floats(out[i].Scores, x.Payload)
		case wire.Picture:
			if string(x.Payload) == "bad" {
				out[i].Refused = "not an image: text"
			}
			out[i].Scores = []float32{float32(len(x.Payload)), 0}
		case wire.Row:
			out[i].Scores = []float32{1, 0}
		}
		if seen {
			out[i].Pixels = []byte{0, 50, 100, 150, 200, 255}
		}
	}
	return out, nil
}

// call sends a request to a handler.
func call(t *testing.T, h http.Handler, method, path, contentType, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func TestPredict(t *testing.T) {
	h := (&Server{Predictor: newEcho()}).Handler()
	const path = "/v1/models/echo:predict"
	picture := base64.StdEncoding.EncodeToString([]byte("12345"))
	for _, tt := range []struct {
		query, contentType, body string
		code                     int
		want                     string
	}{
		{"", "application/json", `{"instances": [[[1,2,3],[4,5,6]]]}`, 200, `{"predictions":[[1,2]]}`},
		{"", "", ` {"signature_name":"serving_default","instances":[[[[-1.5],[2e-3],[3]],[[4],[5],[6]]], {"b64":"` + picture + `"}]}`, 200, `{"predictions":[[-1.5,0.002],[5,0]]}`},
		{"", "", `{"inputs": [[[1,2,3],[4,5,6]]]}`, 200, `{"outputs":[[1,2]]}`},
		{"", "image/png", "1234567", 200, `{"predictions":[[7,0]]}`},
		{"?top=1", "", `{"instances": [[[1,2,3],[4,5,6]],[[9,2,3],[4,5,6]]]}`, 200, `{"predictions":[[1,2],[9,2]],"top":[[{"label":"\u003cc\u003e","score":2}],[{"label":"a\"b","score":9}]]}`},
		{"?top=99", "", `{"instances": [[[1,2,3],[4,5,6]]]}`, 200, `[{"label":"\u003cc\u003e","score":2},{"label":"a\"b","score":1}]`},

		{"", "", ``, 400, `nested lists 2x3x1 of values 0..255`},
		{"", "", `{}`, 400, `no instances`},
		{"", "", `{"instances": []}`, 400, `no instances`},
		{"", "", `{"instances": [1], "inputs": [1]}`, 400, `both`},
		{"", "", `{"instances": [[[1,2,3],[4,5,6]]]} {}`, 400, `follows`},
		{"", "", `{"instances": [[[1,2,3],[4,5,6]]], "x": 1}`, 400, `unknown field`},
		{"", "", `{"signature_name": "s", "instances": [1]}`, 400, `no signature \"s\"`},
		{"", "", `{"instances": [5]}`, 400, `instances[0] is a number`},
		{"", "", `{"instances": ["x"]}`, 400, `instances[0] is a string`},
		{"", "", `{"instances": [{}]}`, 400, `b64`},
		{"", "", `{"instances": [{"b64": "?"}]}`, 400, `instances[0]: b64: illegal base64`},
		{"", "", `{"instances": [[[1,2,3],[4,5,6]], [[1,2,3]]]}`, 400, `instances[1] has 1 row, want 2: an instance is 2x3x1, 6 values`},
		{"", "", `{"instances": [[[1,2,3],[4,5,6],[7,8,9]]]}`, 400, `instances[0] has 3 rows, want 2`},
		{"", "", `{"instances": [[[1,2,3],[4,5]]]}`, 400, `instances[0][1] has 2 pixels, want 3`},
		{"", "", `{"instances": [[[1,2,3],[4,5,6,7,8,9,10,11]]]}`, 400, `instances[0][1] has 8 pixels, want 3`},
		{"", "", `{"instances": [[[[1],[2],[3]],[[4],[5,5],[6]]]]}`, 400, `instances[0][1][1] has 2 values, want 1`},
		{"", "", `{"instances": [[[1,2,3],[4,"]",6]]]}`, 400, `instances[0][1][1] is a string`},
		{"", "", `{"instances": [[[1,2,3],[4,null,6]]]}`, 400, `instances[0][1][1] is null`},
		{"", "", `{"instances": [[[1,2,3],[4,1e99,6]]]}`, 400, `instances[0][1][1] is too large a number`},
		{"", "", `{"instances": [[[1,2,3],{"a":[1,"]}"]}]]}`, 400, `instances[0][1] is an object`},
		{"", "", `{"instances": [[[1,2,3],4]]}`, 400, `instances[0][1] is a number; want a list of 3 pixels`},
		{"", "image/png", "bad", 400, `{"error":"not an image: text"}`},
		{"", "multipart/form-data; boundary=x", "x", 415, `forms are not read`},
		{"?top=0", "", `{}`, 400, `top is \"0\"`},
		{"?seen=x", "", `{}`, 400, `seen is`},
		{"?tops=1", "", `{}`, 400, `no parameter`},
	} {
		code, header, body := call(t, h, "POST", path+tt.query, tt.contentType, tt.body)
		if code != tt.code || !strings.Contains(body, tt.want) || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %d %s, want %d %s", tt.query, tt.body, code, body, tt.code, tt.want)
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("not JSON: %s", body)
		}
	}
	if code, _, body := call(t, h, "POST", "/v1/models/echo/versions/1:predict", "image/png", "1"); code != 200 {
		t.Errorf("by version: %d %s", code, body)
	}
	_, _, body := call(t, h, "POST", path+"?seen=1", "image/png", "1")
	var seen struct{ Seen []struct{ B64 []byte } }
	if err := json.Unmarshal([]byte(body), &seen); err != nil || len(seen.Seen) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	img, err := png.Decode(bytes.NewReader(seen.Seen[0].B64))
	if err != nil || img.Bounds().Dx() != 3 || img.Bounds().Dy() != 2 {
		t.Fatalf("what it saw: %v %v", img, err)
	}
	if r, _, _, _ := img.At(1, 1).RGBA(); r>>8 != 200 {
		t.Errorf("pixel (1,1) is %d, want 200", r>>8)
	}
}

func TestRows(t *testing.T) {
	e := newEcho()
	e.model.Columns = []wire.Column{{Name: "age", Number: true}, {Name: "sex", Categories: []string{"f", "m"}}}
	h := (&Server{Predictor: e}).Handler()
	for _, tt := range []struct{ body, cells, err string }{
		{`{"age": 41.50, "sex": "m"}`, `["41.50","m"]`, ""},
		{`{"sex": "m"}`, `["","m"]`, ""},
		{`[7, null]`, `["7",""]`, ""},
		{`[7]`, "", `list of 1 cells, want 2: \"age\", \"sex\"`},
		{`{"Age": 4}`, "", `column \"Age\"; the network has \"age\", \"sex\"`},
		{`{"age": [4]}`, "", `column \"age\": want a number, a string or null`},
		{`4`, "", "is no row"},
	} {
		code, _, body := call(t, h, "POST", "/v1/models/echo:predict", "", `{"instances":[`+tt.body+`]}`)
		if tt.err == "" && (code != 200 || string(e.got[0].Payload) != tt.cells || e.got[0].Kind != wire.Row) || tt.err != "" && (code != 400 || !strings.Contains(body, tt.err)) {
			t.Errorf("%s: %d %s", tt.body, code, body)
		}
	}
	if code, _, body := call(t, h, "POST", "/v1/models/echo:predict", "image/png", "x"); code != 415 || !strings.Contains(body, "rows of a table") {
		t.Errorf("a picture: %d %s", code, body)
	}
}

func TestOtherPaths(t *testing.T) {
	e := newEcho()
	s := &Server{Predictor: e, Page: []byte("<p>page</p><script>1</script>"), Loopback: true}
	h := s.Handler()
	for _, tt := range []struct {
		method, path string
		headers      []string
		code         int
		want         string
	}{
		{"GET", "/", nil, 200, "<p>page"},
		{"GET", "/v1/models/echo", nil, 200, `"state":"AVAILABLE"`},
		{"GET", "/v1/models/echo/versions/1", nil, 200, `"AVAILABLE"`},
		{"GET", "/v1/models/echo/versions/2", nil, 404, `no version`},
		{"GET", "/v1/models/echo/metadata", nil, 200, `"height":2,"width":3`},
		{"GET", "/v1/models/other", nil, 404, `no model \"other\"; this server has \"echo\"`},
		{"GET", "/v1/models/other/metadata", nil, 404, `no model`},
		{"POST", "/v1/models/other:predict", nil, 404, `no model`},
		{"POST", "/v1/models/echo:explain", nil, 404, `no verb`},
		{"GET", "/v1/models/echo:predict", nil, 405, `asked with POST`},
		{"POST", "/v1/models/echo", nil, 405, `asked with GET`},
		{"DELETE", "/", nil, 405, `asked with GET`},
		{"GET", "/healthz", nil, 200, "ok"},
		{"GET", "/readyz", nil, 200, "ready"},
		{"GET", "/favicon.ico", nil, 404, "nothing is at"},
		// DNS rebinding, and requests that pages of other origins make.
		{"GET", "/", []string{"Host", "attacker.example"}, 403, "Host header"},
		{"GET", "/", []string{"Host", "127.0.0.1.attacker.example:80"}, 403, "Host header"},
		{"GET", "/healthz", []string{"Host", "[::1]:8080"}, 200, "ok"},
		{"GET", "/healthz", []string{"Host", "127.0.0.1"}, 200, "ok"},
		{"POST", "/v1/models/echo:predict", []string{"Origin", "http://attacker.example", "Host", "localhost:8080"}, 403, "another origin"},
		{"POST", "/v1/models/echo:predict", []string{"Sec-Fetch-Site", "cross-site", "Host", "localhost:8080"}, 403, "another origin"},
		{"POST", "/v1/models/echo:predict", []string{"Origin", "http://localhost:8080", "Host", "localhost:8080"}, 400, "not a request"},
	} {
		headers := tt.headers
		if headers == nil {
			headers = []string{"Host", "localhost:80"}
		}
		code, header, body := call(t, h, tt.method, tt.path, "", "", headers...)
		if code != tt.code || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s %q: %d %s", tt.method, tt.path, headers, code, body)
		}
		if code == 405 && header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", tt.method, tt.path)
		}
	}
	_, header, _ := call(t, h, "GET", "/", "", "", "Host", "localhost")
	if csp := header.Get("Content-Security-Policy"); csp != "frame-ancestors 'none'" {
		t.Errorf("content security policy %s", csp)
	}
	e.down = true
	if code, _, _ := call(t, h, "GET", "/readyz", "", "", "Host", "localhost"); code != 503 {
		t.Errorf("ready without a network: %d", code)
	}
	if _, _, body := call(t, h, "GET", "/v1/models/echo", "", "", "Host", "localhost"); !strings.Contains(body, "LOADING") {
		t.Errorf("state: %s", body)
	}
}

func TestLimits(t *testing.T) {
	e := newEcho()
	e.hold, e.asked = make(chan struct{}), make(chan struct{}, 9)
	h := (&Server{Predictor: e, Limits: Limits{Body: 10, Requests: 2, Time: time.Second}}).Handler()
	post := func(body string) (int, http.Header, string) {
		return call(t, h, "POST", "/v1/models/echo:predict", "image/png", body)
	}
	if code, _, body := post("12345678901"); code != 413 || !strings.Contains(body, "limit of 10 bytes") {
		t.Errorf("a long body: %d %s", code, body)
	}
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if code, _, body := post("1234567890"); code != 504 || !strings.Contains(body, "limit of 1s") {
				t.Errorf("a slow answer: %d %s", code, body)
			}
		})
		<-e.asked
	}
	code, header, body := post("1")
	if code != 503 || header.Get("Retry-After") != "1" || !strings.Contains(body, "2 predictions under way") {
		t.Errorf("a third: %d %s", code, body)
	}
	wait.Wait()
	close(e.hold)
	if code, _, body := post("1"); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
	e.err = ErrCrashed
	if code, _, body := post("1"); code != 502 {
		t.Errorf("a crash: %d %s", code, body)
	}
	e.err = ErrDown
	if code, header, _ := post("1"); code != 503 || header.Get("Retry-After") == "" {
		t.Errorf("down: %d", code)
	}
}

// TestGracefulStop: the request under way is answered, new ones are not accepted.
func TestGracefulStop(t *testing.T) {
	e := newEcho()
	e.hold, e.asked = make(chan struct{}), make(chan struct{}, 9)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := &Server{Predictor: e, Loopback: true, Log: slog.New(slog.NewJSONHandler(&log, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	answered := make(chan string, 1)
	go func() {
		r, err := http.Post(fmt.Sprintf("http://%s/v1/models/echo:predict", l.Addr()), "image/png", strings.NewReader("abc"))
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		answered <- string(body)
	}()
	<-e.asked
	cancel()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		conn, err := net.DialTimeout("tcp", l.Addr().String(), time.Second)
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(end) {
			t.Fatal("new connections are accepted")
		}
	}
	select {
	case err := <-ended:
		t.Errorf("it ended before the answer: %v", err)
	default:
	}
	close(e.hold)
	if got := <-answered; !strings.Contains(got, "[[3,0]]") {
		t.Errorf("answer %s", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	var line struct {
		Path              string
		Status, Instances int
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Path != "/v1/models/echo:predict" || line.Status != 200 || line.Instances != 1 {
		t.Errorf("log %s: %v", log.Bytes(), err)
	}
}

func TestPage(t *testing.T) {
	m := newEcho().model
	m.Labels = []string{"</script><script>alert(1)</script>", "b"}
	for _, browser := range []bool{false, true} {
		html, err := Page(&m, Dark, browser)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(html, []byte("<script>")); n != 1 {
			t.Errorf("%d scripts", n)
		}
		_, policy, _ := strings.Cut(string(html), `<meta http-equiv="Content-Security-Policy" content="`)
		policy, _, _ = strings.Cut(policy, `"`)
		if strings.Contains(policy, "worker-src blob:") != browser || !strings.Contains(policy, "connect-src &#39;self&#39;") {
			t.Errorf("in the browser %v: policy %s", browser, policy)
		}
		if bytes.Contains(html, []byte("https://")) {
			t.Error("the page names another server")
		}
		if got := bytes.Contains(html, []byte(`"url":"/v1/models/echo:predict"`)); got == browser {
			t.Errorf("in the browser %v: asks a server %v", browser, got)
		}
		if !bytes.Contains(html, []byte(`"paper":"dark"`)) {
			t.Error("the paper is not dark")
		}
	}
}

// FuzzRequest: whatever the body, an error or examples of the right size.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{`{"instances":[[[1,2,3],[4,5,6]]]}`, `{"inputs":[{"b64":"AA=="}]}`, `{"instances":[[[[1],[2],[3]],[[4],[5],[6]]]]}`, `{"instances":[[[1,[2]],"]",{"a":"}"}]]}`, `{"instances":[null]}`} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, rows bool) {
		m := newEcho().model
		if rows {
			m.Columns = []wire.Column{{Name: "a"}, {Name: "b"}}
		}
		examples, _, err := readRequest(body, &m)
		if err != nil {
			return
		}
		for _, e := range examples {
			if e.Kind == wire.Values && len(e.Payload) != 24 {
				t.Errorf("%s: %d bytes of values", body, len(e.Payload))
			}
		}
	})
}
