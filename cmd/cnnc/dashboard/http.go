package dashboard

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/cmd/cnnc/serve"
)

//go:embed dashboard.js
var script string

// The pace of events.
const (
	pace      = 250 * time.Millisecond // between two states that a browser gets
	heartbeat = 15 * time.Second       // a comment, so that a dead connection shows
	sendTime  = 3 * time.Second        // a browser that takes longer is let go
)

// progressHTML is the section that says how far the run is.
const progressHTML = `<p id="live-text" role="status">%s</p>
<p><progress id="live-bar" value="%.4f" max="1" aria-label="Part of the epoch that is done" style="width:100%%"></progress></p>
<p class="note" id="live-link">Connecting.</p>
`

// Handler answers browsers. loopback says that the server is reached by names of
// this machine only.
func (b *Board) Handler(loopback bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.page)
	mux.HandleFunc("GET /events", b.events)
	if loopback {
		return serve.OnlyLoopback(mux)
	}
	return mux
}

// Serve answers browsers that come to l until ctx ends.
func (b *Board) Serve(ctx context.Context, l net.Listener) error {
	addr, ok := l.Addr().(*net.TCPAddr)
	return serve.Run(ctx, &http.Server{
		Handler: b.Handler(ok && addr.IP.IsLoopback()), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}, l)
}

// page answers with the page as it is now.
func (b *Board) page(w http.ResponseWriter, _ *http.Request) {
	now := b.since(math.MaxInt) // all there is, and nothing to send
	live := page.Section{ID: "live", Title: "Progress", Body: template.HTML(fmt.Sprintf(progressHTML, template.HTMLEscapeString(now.progress.Text), now.progress.Share))}
	d := &page.Document{
		Title: now.Title, Subtitle: "A training run, as it goes on", Contents: true, Sections: append([]page.Section{live}, now.all...),
		Script: template.JS("const since = " + strconv.Quote(b.id(now.version)) + ";\n" + script), Connect: true,
	}
	var html bytes.Buffer
	if err := page.Write(&html, d); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	serve.WritePage(w, html.Bytes())
}

// id is the name of a version in events.
func (b *Board) id(version int) string { return b.boot + "-" + strconv.Itoa(version) }

// versionOf is the version of such a name; 0 for that of another process.
func (b *Board) versionOf(id string) int {
	boot, number, _ := strings.Cut(id, "-")
	n, err := strconv.Atoi(number)
	if err != nil || boot != b.boot || n < 0 {
		return 0
	}
	return n
}

// events sends what changes, from what the browser has on.
func (b *Board) events(w http.ResponseWriter, r *http.Request) {
	has := r.Header.Get("Last-Event-ID") // of a browser that comes again
	if has == "" {
		has = r.URL.Query().Get("since")
	}
	version := b.versionOf(has)
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := out.Flush(); err != nil { // the browser is connected, if nothing is new too
		return
	}
	wake, leave := b.watch()
	defer leave()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var text bytes.Buffer
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			text.WriteString(": still here\n\n")
		case <-wake:
		}
		u := b.since(version)
		if u.version > version {
			if len(u.New) > 0 {
				b.event(&text, "sections", u.version, u)
			}
			if u.moved {
				b.event(&text, "progress", u.version, u.progress)
			}
			version = u.version
		}
		if u.ended {
			b.event(&text, "end", u.version, u.progress)
		}
		if text.Len() > 0 {
			// A server without deadlines for writing is no reason to stop.
			_ = out.SetWriteDeadline(time.Now().Add(sendTime))
			if _, err := w.Write(text.Bytes()); err != nil {
				return
			}
			if err := out.Flush(); err != nil {
				return
			}
		}
		if u.ended {
			return
		}
		select { // what comes now comes together
		case <-r.Context().Done():
			return
		case <-time.After(pace):
		}
	}
}

// event writes one event.
func (b *Board) event(text *bytes.Buffer, name string, version int, data any) {
	line, err := json.Marshal(data)
	if err != nil {
		return // a number of the run that JSON does not have: the next state has others
	}
	fmt.Fprintf(text, "id: %s\nevent: %s\ndata: %s\n\n", b.id(version), name, line)
}
