package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// body is what the servers of these tests have: not compressible, not short.
var body = func() []byte {
	b := make([]byte, 300_001)
	for i := range b {
		b[i] = byte(i*i>>7 ^ i)
	}
	return b
}()

func sum(b []byte) string {
	s := md5.Sum(b)
	return hex.EncodeToString(s[:])
}

// server serves body by handle and remembers the Range of every request.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string
}

func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		n := len(s.ranges)
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		handle(w, r, n)
	}))
	t.Cleanup(s.Close)
	return s
}

// whole answers a request, ranges included.
func whole(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"one"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// cut announces everything and sends n bytes.
func cut(w http.ResponseWriter, n int) {
	w.Header().Set("ETag", `"one"`)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write(body[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func client() *Client {
	return &Client{Attempts: 3, Pause: time.Millisecond, Stall: 300 * time.Millisecond}
}

func get(t *testing.T, f File, dir string) (bool, error) {
	t.Helper()
	return client().Get(context.Background(), f, dir)
}

// left says which files are in a folder.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestGet(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(w http.ResponseWriter, r *http.Request, n int)
		file   File   // Name and URLs are added
		err    string // "" when the file must arrive
		asked  string // ranges of the requests
	}{
		{"plain", func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) }, File{MD5: sum(body), Size: int64(len(body))}, "", "[]"},
		{"nothing known", func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) }, File{}, "", "[]"},
		{"cut twice", func(w http.ResponseWriter, r *http.Request, n int) {
			switch n {
			case 0:
				cut(w, 100_000)
			case 1:
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 100000-%d/%d", len(body)-1, len(body)))
				w.Header().Set("Content-Length", fmt.Sprint(len(body)-100_000))
				w.WriteHeader(http.StatusPartialContent)
				w.Write(body[100_000:200_000])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			default:
				whole(w, r)
			}
		}, File{MD5: sum(body)}, "", "[ bytes=100000- bytes=200000-]"},
		{"cut, no ranges", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				cut(w, 70_000)
			}
			w.Write(body)
		}, File{MD5: sum(body)}, "", "[ bytes=70000-]"},
		{"cut, then another file", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				cut(w, 70_000)
			}
			w.Header().Set("Content-Range", "bytes 70000-79999/80000")
			w.WriteHeader(http.StatusPartialContent)
		}, File{}, "beginning anew", "[ bytes=70000- ]"},
		{"range refused", func(w http.ResponseWriter, r *http.Request, n int) {
			switch n {
			case 0:
				cut(w, 70_000)
			case 1:
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			default:
				whole(w, r)
			}
		}, File{MD5: sum(body)}, "", "[ bytes=70000- ]"},
		{"busy at first", func(w http.ResponseWriter, r *http.Request, n int) {
			if n < 2 {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			whole(w, r)
		}, File{MD5: sum(body)}, "", "[  ]"},
		{"always cut", func(w http.ResponseWriter, r *http.Request, n int) { cut(w, 0) }, File{}, "3 attempts, the last: ", "[  ]"},
		{"stalls", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				w.Write(body[:50_000])
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Second):
				}
				return
			}
			whole(w, r)
		}, File{MD5: sum(body)}, "", "[ bytes=50000-]"},
		{"404", func(w http.ResponseWriter, r *http.Request, n int) { http.NotFound(w, r) }, File{}, "the server says 404", "[]"},
		{"wrong sum", func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) }, File{MD5: strings.Repeat("0", 32)}, "the checksum is " + sum(body) + ", the known one is 000", "[]"},
		{"wrong sum of the server", func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Add("X-Goog-Hash", "crc32c=AAAAAA==")
			w.Header().Add("X-Goog-Hash", "md5="+base64.StdEncoding.EncodeToString(make([]byte, 16)))
			whole(w, r)
		}, File{}, "the server's is 00000000000000000000000000000000", "[]"},
		{"wrong size", func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) }, File{Size: 5}, "the file is 300001 bytes there, want 5", "[]"},
		{"web page", func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte("<html><body>log in first</body></html>"))
		}, File{}, "a web page instead of the file", "[]"},
		{"web page that says it is not", func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Write([]byte("\n<!DOCTYPE html><title>moved</title>"))
		}, File{}, "a web page instead of the file", "[]"},
		{"wrong beginning", func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) }, File{Magic: "\x93NUMPY"}, "want \"\\x93NUMPY\"", "[]"},
		{"longer than it should be", func(w http.ResponseWriter, r *http.Request, n int) {
			w.(http.Flusher).Flush() // no length
			w.Write(body)
			w.Write(body)
		}, File{Size: int64(len(body))}, "more than 300001 bytes come", "[]"},
		{"empty", func(w http.ResponseWriter, r *http.Request, n int) {}, File{}, "the file is empty", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.handle)
			dir := filepath.Join(t.TempDir(), "new")
			c.file.Name, c.file.URLs = "a b.bin", []string{s.URL + "/a%20b.bin"}
			fetched, err := get(t, c.file, dir)
			if asked := fmt.Sprint(s.ranges); asked != c.asked {
				t.Errorf("ranges %q, want %q", asked, c.asked)
			}
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "a b.bin: "+s.URL) || fetched {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if _, err := os.Stat(filepath.Join(dir, c.file.Name)); err == nil {
					t.Error("the file has its name all the same")
				}
				return
			}
			if err != nil || !fetched {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, c.file.Name))
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes of another file, %v", len(got), err)
			}
			if l := left(t, dir); l != c.file.Name {
				t.Errorf("left over: %s", l)
			}
			// Not asked for again.
			asked := len(s.ranges)
			if fetched, err := get(t, c.file, dir); fetched || err != nil || len(s.ranges) != asked {
				t.Errorf("fetched again: %v, %v", fetched, err)
			}
		})
	}
}

// What one call left is continued by the next; a damaged file is replaced.
func TestGetGoesOn(t *testing.T) {
	broken := true
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if broken {
			cut(w, 123_456)
		}
		whole(w, r)
	})
	dir := t.TempDir()
	f := File{Name: "x", URLs: []string{s.URL}, MD5: sum(body)}
	c := client()
	c.Attempts = 1
	if _, err := c.Get(context.Background(), f, dir); err == nil {
		t.Fatal("a cut file is no error")
	}
	if l := left(t, dir); l != "x.part x.part.json" {
		t.Fatalf("left over: %s", l)
	}
	broken = false
	var done []int64
	c.Progress = func(_ string, n, total int64) {
		if total != int64(len(body)) {
			t.Errorf("total %d", total)
		}
		done = append(done, n)
	}
	if _, err := c.Get(context.Background(), f, dir); err != nil || s.ranges[1] != "bytes=123456-" {
		t.Fatalf("%v, range %s", err, s.ranges[1])
	}
	if done[0] <= 123_456 || done[len(done)-1] != int64(len(body)) {
		t.Errorf("progress %v", done)
	}
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, body[:1000], 0o666); err != nil {
		t.Fatal(err)
	}
	if fetched, err := c.Get(context.Background(), f, dir); !fetched || err != nil {
		t.Errorf("a damaged file stayed: %v", err)
	}
}

// The second address serves when the first does not.
func TestGetMirror(t *testing.T) {
	bad := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { http.NotFound(w, r) })
	wrong := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { w.Write(body[1:]) })
	good := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { whole(w, r) })
	f := File{Name: "x", URLs: []string{bad.URL, wrong.URL, good.URL}, MD5: sum(body)}
	if fetched, err := get(t, f, t.TempDir()); !fetched || err != nil {
		t.Error(err)
	}
}

func TestGetCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { cancel(); cut(w, 10) })
	if _, err := client().Get(ctx, File{Name: "x", URLs: []string{s.URL, s.URL}}, t.TempDir()); err == nil || len(s.ranges) != 1 {
		t.Errorf("%v after %d requests", err, len(s.ranges))
	}
}

func archive(t *testing.T, members ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range members {
		h.Mode = 0o644
		if h.Typeflag == 0 {
			h.Typeflag, h.Size = tar.TypeReg, 5
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			w.Write([]byte("hello"))
		}
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.tar.gz")
	good := archive(t, tar.Header{Name: "set/", Typeflag: tar.TypeDir}, tar.Header{Name: "set/one.bin"}, tar.Header{Name: "./set/two.bin"},
		tar.Header{Name: "../escaped"}, tar.Header{Name: "set/../../escaped"}, tar.Header{Name: "/set/escaped"}, tar.Header{Name: "other/three.bin"},
		tar.Header{Name: "set/deep/four.bin"}, tar.Header{Name: "set/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
	for _, cut := range []int{len(good) / 2, len(good) - 3} {
		os.WriteFile(path, good[:cut], 0o666)
		if err := Unpack(path, dir, "set"); err == nil {
			t.Errorf("an archive cut to %d bytes is no error", cut)
		}
		if l := left(t, dir); l != "a.tar.gz" {
			t.Errorf("left over: %s", l)
		}
	}
	os.WriteFile(path, good, 0o666)
	if err := Unpack(path, dir, "set"); err != nil {
		t.Fatal(err)
	}
	if l := left(t, filepath.Join(dir, "set")); l != "one.bin two.bin" {
		t.Errorf("unpacked: %s", l)
	}
	if l := left(t, dir); l != "a.tar.gz set" {
		t.Errorf("beside it: %s", l)
	}
	os.Remove(path) // not needed once it is unpacked
	if err := Unpack(path, dir, "set"); err != nil {
		t.Error(err)
	}
}

func TestSets(t *testing.T) {
	if n := len(Categories()); n != 345 {
		t.Errorf("%d categories", n)
	}
	s, err := QuickDraw([]string{"hot dog", "The Mona Lisa"}, "bitmap", "")
	if err != nil || s.Files[0].URLs[0] != "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/hot%20dog.npy" || s.Files[0].Name != "hot dog.npy" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, c := range []struct {
		classes []string
		form    string
		want    string
	}{
		{[]string{"Apple"}, "raw", "is it apple"},
		{[]string{"apple", "apple"}, "raw", "listed twice"},
		{nil, "raw", "no classes are named"},
		{[]string{"apple"}, "svg", "there are binary, simplified, raw, bitmap"},
	} {
		if _, err := QuickDraw(c.classes, c.form, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	m, err := Find("mnist", "http://localhost/x/")
	if err != nil || len(m.Files) != 4 || m.Files[3].URLs[0] != "http://localhost/x/t10k-labels-idx1-ubyte.gz" || len(m.Files[3].URLs) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if m, _ := Find("mnist", ""); len(m.Files[0].URLs) != 3 {
		t.Error("the address of one call stays for the next")
	}
	if _, err := Find("imagenet", ""); err == nil || !strings.Contains(err.Error(), "known are mnist, fashion, cifar10, cifar100, quickdraw") {
		t.Error(err)
	}
}
