package phases

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/cnnc/cnnc/compiler/plan"
)

// arenaColumn is the map of a program's memory: calls from left to right,
// addresses downwards, a rectangle for each buffer.
func (p program) arenaColumn(open bool) column {
	c := column{Title: "arena, " + p.name, Doc: fmt.Sprintf("calls from left to right, addresses downwards: %s, of which %s live at once at most",
		plan.FormatBytes(4*int64(p.ArenaFloats)), plan.FormatBytes(4*int64(p.PeakFloats()))), Open: open}
	calls := p.Calls()
	const height, top, left = 420.0, 22.0, 8.0
	step := min(max(440/float64(len(calls)), 5), 48)
	width := left*2 + step*float64(len(calls))
	scale := height / float64(max(1, p.ArenaFloats))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="memory map" class="arena" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`, width, height+top+8, width, height+top+8)
	for i := 0; i <= len(calls); i += max(1, len(calls)/10) {
		x := left + float64(i)*step
		fmt.Fprintf(&b, `<line class="tick" x1="%.1f" y1="%.0f" x2="%.1f" y2="%.0f"/><text x="%.1f" y="14">%d</text>`, x, top, x, top+height, x+2, i)
	}
	for _, x := range p.Buffers {
		if x.Space != plan.Arena {
			continue
		}
		w, h := step*float64(x.Last-x.First+1), scale*float64(x.Floats(p.Micro))
		hint := fmt.Sprintf("%s: %s at %d, calls %d to %d", x.Name, plan.FormatBytes(4*int64(x.Floats(p.Micro))), x.Offset, x.First, x.Last)
		fmt.Fprintf(&b, `<g class="k" tabindex="0" role="button" data-k="%s"><title>%s</title><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="1"/>`,
			template.HTMLEscapeString(bufferKey(p.name, x.Name)), template.HTMLEscapeString(hint), left+step*float64(x.First)+0.5, top+scale*float64(x.Offset), w-1, max(h-0.6, 0.8))
		if h > 13 && w > 7*float64(len(x.Name))+6 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f">%s</text>`, left+step*float64(x.First)+4, top+scale*float64(x.Offset)+11, template.HTMLEscapeString(x.Name))
		}
		b.WriteString("</g>")
	}
	b.WriteString("</svg>")
	c.Body = template.HTML(b.String())
	return c
}
