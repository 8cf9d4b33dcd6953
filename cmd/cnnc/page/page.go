package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

// Document is a whole page.
type Document struct {
	Title string
	// Subtitle stands under the title; "" for none.
	Subtitle string
	// Contents asks for links to the sections on top of the page.
	Contents bool
	Sections []Section
	// Footer is the last line; "" for none.
	Footer string
	// Styles are added to those of all pages, for what this page alone has.
	Styles template.CSS
	// Script is run at the end of the page; "" for none, and a page that is to be
	// kept has none.
	Script template.JS
	// Connect lets the script ask the server that the page came from.
	Connect bool
	// Worker lets it start a worker of its own making that loads scripts and
	// WebAssembly from there.
	Worker bool
}

// Policy is the page's content security policy, which stands in it: it runs Script
// and no other, and loads nothing but what Connect and Worker allow. Should a name
// of a class break out of its place after all, it can do nothing there.
func (d *Document) Policy() string {
	policy := "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
	if d.Script != "" {
		sum := sha256.Sum256([]byte("\n" + d.Script + "\n")) // as page.html has it
		policy += "; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if d.Worker {
			policy += " 'self' 'wasm-unsafe-eval'; worker-src blob:"
		}
	}
	if d.Connect || d.Worker {
		policy += "; connect-src 'self'"
	}
	return policy
}

// Section is a part of a page: a box with a heading.
type Section struct {
	// ID names the section in links and for scripts: a letter, then letters, digits
	// and hyphens.
	ID    string
	Title string
	// Body is what the section shows: the HTML of values of this package, one
	// behind the other (Join).
	Body template.HTML
}

//go:embed page.html fragments.html
var files embed.FS

//go:embed page.css
var style string

var documents = template.Must(template.ParseFS(files, "page.html", "fragments.html"))

// Write writes the page.
func Write(w io.Writer, d *Document) error {
	var b bytes.Buffer
	err := documents.ExecuteTemplate(&b, "page.html", struct {
		*Document
		Style template.CSS
	}{d, template.CSS(style)})
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// HTML is the section as it is in the page, its box included: what replaces the
// element of its ID in a page that is open.
func (s Section) HTML() template.HTML { return execute("section", s) }

// execute runs a template of fragments.html.
func execute(name string, value any) template.HTML {
	var b bytes.Buffer
	if err := documents.ExecuteTemplate(&b, name, value); err != nil {
		panic("page: " + err.Error()) // the templates are constants
	}
	return template.HTML(b.String())
}

// Join puts pieces of HTML behind one another.
func Join(parts ...template.HTML) template.HTML {
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString(string(p))
	}
	return template.HTML(b.String())
}

// Charts puts charts side by side where there is room for it.
func Charts(charts ...template.HTML) template.HTML {
	return `<div class="charts">` + Join(charts...) + "</div>\n"
}

// Text is a paragraph.
func Text(format string, args ...any) template.HTML {
	return execute("text", fmt.Sprintf(format, args...))
}

// Note is a paragraph of remarks, in a quieter colour.
func Note(format string, args ...any) template.HTML {
	return execute("note", fmt.Sprintf(format, args...))
}

// Heading is a heading within a section.
func Heading(text string) template.HTML { return execute("heading", text) }

// Preformatted is text in a fixed-width font with its lines as they are.
func Preformatted(text string) template.HTML { return execute("pre", text) }

// Details hides body behind a line of text until the reader asks for it.
func Details(summary string, body template.HTML) template.HTML {
	return execute("details", struct {
		Summary string
		Body    template.HTML
	}{summary, body})
}

// Fact is a name with a value.
type Fact struct {
	Name string
	// Value is a string, template.HTML, or anything that prints.
	Value any
}

// Facts is a list of names with values.
func Facts(facts []Fact) template.HTML { return execute("facts", facts) }

// Tiles are a few facts in large print.
func Tiles(facts []Fact) template.HTML { return execute("tiles", facts) }
