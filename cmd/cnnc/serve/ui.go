package serve

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/wire"
)

//go:embed draw.html
var drawHTML string

//go:embed draw.js
var drawScript string

var drawParts = template.Must(template.New("draw").Parse(drawHTML))

// Paper is what a network was trained to see lines on.
type Paper string

// The papers.
const (
	Dark  Paper = "dark"  // light lines on black
	Light Paper = "light" // dark lines on white
)

// Page makes the page for a network, one file. Asked over HTTP (browser is false),
// it sends pictures to this server; otherwise the files model.wasm and wasm_exec.js
// beside it compute them.
func Page(m *wire.Model, paper Paper, browser bool) ([]byte, error) {
	settings := struct {
		wire.Model
		URL   string `json:"url,omitempty"`
		Paper Paper  `json:"paper"`
	}{Model: *m, Paper: paper}
	settings.Weights = "" // a path is nobody's business
	where := "computed in this browser"
	if !browser {
		settings.URL = "/v1/models/" + m.Name + ":predict"
		where = "computed by this server"
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	var style, body bytes.Buffer
	if err := drawParts.ExecuteTemplate(&style, "style", nil); err != nil {
		return nil, err
	}
	d := &page.Document{Title: m.Name, Script: template.JS("const model = " + string(text) + ";\n" + drawScript), Connect: !browser, Worker: browser}
	section := page.Section{ID: "draw", Title: "Draw or drop a picture"}
	part, facts := "draw", struct{ Paper, Input string }{"The network was trained on dark lines on white.", seenText(m)}
	if paper == Dark {
		facts.Paper = "The network was trained on light lines on black."
	}
	switch {
	case len(m.Columns) > 0:
		part, section.ID, section.Title = "rows", "example", "A row"
		d.Subtitle = fmt.Sprintf("A network for rows of %s, %s.", plural(len(m.Columns), "column"), where)
	case m.Task == "values":
		d.Subtitle = fmt.Sprintf("A network that makes %s of a picture of %s, %s.", plural(m.Outputs, "number"), shape(m), where)
	default:
		d.Subtitle = fmt.Sprintf("A network of %d classes for pictures of %s, %s.", len(m.Labels), shape(m), where)
	}
	if err := drawParts.ExecuteTemplate(&body, part, facts); err != nil {
		return nil, err
	}
	section.Body = template.HTML(style.String() + body.String())
	d.Sections = []page.Section{section}
	if !browser {
		d.Sections = append(d.Sections, page.Section{ID: "api", Title: "From a program", Body: page.Join(
			page.Preformatted(curl(m)),
			page.Note("Preprocessing: %s.", preprocessing(m)))})
	}
	var b bytes.Buffer
	if err := page.Write(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// seenText says what becomes of a picture.
func seenText(m *wire.Model) string {
	s := fmt.Sprintf("%d x %d pixels", m.Height, m.Width)
	if m.Channels == 1 {
		return s + " in grey."
	}
	return s + " in colour."
}

// curl is how a program asks, as commands.
func curl(m *wire.Model) string {
	const server = "http://HOST:PORT"
	if len(m.Columns) > 0 {
		row := map[string]any{}
		for _, c := range m.Columns[:min(len(m.Columns), 3)] {
			row[c.Name] = 0
			if len(c.Categories) > 0 {
				row[c.Name] = c.Categories[0]
			}
		}
		text, _ := json.Marshal(row)
		more := ""
		if len(m.Columns) > 3 {
			more = " (and the other columns)"
		}
		return fmt.Sprintf("curl %s/v1/models/%s:predict -d '{\"instances\": [%s]}'%s", server, m.Name, text, more)
	}
	return fmt.Sprintf("curl '%s/v1/models/%s:predict?top=3' -H 'Content-Type: image/png' --data-binary @picture.png\ncurl %s/v1/models/%s/metadata", server, m.Name, server, m.Name)
}

// page answers /.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		if s.Page == nil {
			fail(w, http.StatusNotFound, "this server has no page")
			return
		}
		WritePage(w, s.Page)
	})(w, r)
}

// WritePage answers with a page of package page. What it may do stands in it, but
// that no other page may show it in a frame, which only a header can say.
func WritePage(w http.ResponseWriter, html []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(html)
}
