package figure

import "image"

// Cell is one small picture of a grid.
type Cell struct {
	Image image.Image
	// Label stands below the picture; it may be empty.
	Label string
}

// Block is a part of a grid figure: pictures of the same kind in rows.
type Block struct {
	Title string
	// Lead is a picture shown large at the left of the others, nil for none.
	Lead  *Cell
	Cells []Cell
	// Columns is the number of cells a row, 0 for a layout near a square of at
	// most gridWidth.
	Columns int
	// Rows and Heads label the rows and columns where not nil.
	Rows, Heads []string
	// Side is the length of the longer side of a picture in points, 0 for one
	// that suits its pixels.
	Side float64
}

// Measures of grid figures, in points.
const (
	gridWidth  = 720.0 // of a figure, at most, but for blocks with Columns
	gridMargin = 12.0
	gridGap    = 5.0
	gridLead   = 84.0 // longer side of a leading picture
	gridLabel  = 7.0  // font of labels
	gridTitle  = 10.0 // font of the titles of blocks
	gridHead   = 13.0 // font of the figure's title
	labelLine  = 9.0
	titleLine  = 18.0
	noteLine   = 11.0
)

// block is a Block with its measures.
type block struct {
	Block
	w, h         float64 // of a picture
	cellW, cellH float64 // of a cell with its gap
	label        float64 // height of the line of labels
	rowLabel     float64 // width of the labels of rows
	columns      int
	lead, leadH  float64 // size of the leading picture
	width        float64
	height       float64 // with the title
}

// Grid is a figure of blocks of pictures, one below the other.
func Grid(title, note string, blocks ...Block) *Figure {
	var list []block
	var probe canvas
	probe.scale = 1
	width, height := 240.0, gridMargin
	if title != "" {
		height += gridHead + 10
		width = max(width, probe.width(title, write{size: gridHead, bold: true})+2*gridMargin)
	}
	for _, b := range blocks {
		m := measure(&probe, b)
		list = append(list, m)
		width, height = max(width, m.width+2*gridMargin), height+m.height+gridMargin
	}
	small := write{size: gridLabel + 1, color: soft}
	notes := probe.wrap(note, small, max(width, 400)-2*gridMargin)
	for _, line := range notes {
		width, height = max(width, probe.width(line, small)+2*gridMargin), height+noteLine
	}
	if len(notes) > 0 {
		height += 2
	}
	return &Figure{width: width, height: height, paint: func(c *canvas) {
		y := gridMargin
		if title != "" {
			c.text(gridMargin, y, title, write{size: gridHead, bold: true})
			y += gridHead + 10
		}
		for _, line := range notes {
			c.text(gridMargin, y-4, line, small)
			y += noteLine
		}
		if len(notes) > 0 {
			y += 2
		}
		for i := range list {
			list[i].paint(c, gridMargin, y)
			y += list[i].height + gridMargin
		}
	}}
}

// measure lays a block out.
func measure(probe *canvas, b Block) block {
	m := block{Block: b}
	size := image.Pt(1, 1)
	for _, c := range b.Cells {
		s := c.Image.Bounds().Size()
		size = image.Pt(max(size.X, s.X), max(size.Y, s.Y))
		if c.Label != "" {
			m.label = labelLine
		}
	}
	if m.Side == 0 {
		// Two points a pixel, within what can be seen and what fits.
		m.Side = min(max(2*float64(max(size.X, size.Y)), 44), 96)
	}
	m.w, m.h = fitted(size, m.Side)
	for _, r := range b.Rows {
		m.rowLabel = max(m.rowLabel, probe.width(r, write{size: gridLabel})+4)
	}
	m.w = max(m.w, 4)
	m.cellW, m.cellH = m.w+gridGap, m.h+gridGap+m.label
	if m.Lead != nil {
		m.lead, m.leadH = fitted(m.Lead.Image.Bounds().Size(), gridLead)
	}
	m.columns = b.Columns
	if m.columns == 0 {
		room := gridWidth - 2*gridMargin - m.lead - m.rowLabel
		m.columns = min(max(1, int(room/m.cellW)), max(len(b.Cells), 1))
		// Full rows where that costs no row more.
		rows := (len(b.Cells) + m.columns - 1) / m.columns
		if rows > 0 {
			m.columns = (len(b.Cells) + rows - 1) / rows
		}
	}
	rows := (len(b.Cells) + m.columns - 1) / m.columns
	m.width = m.rowLabel + float64(m.columns)*m.cellW
	m.height = float64(rows) * m.cellH
	if len(b.Heads) > 0 {
		m.height += labelLine
	}
	if m.Lead != nil {
		m.width += m.lead + 2*gridGap
		m.height = max(m.height, m.leadH+labelLine)
	}
	if b.Title != "" {
		m.height += titleLine
		m.width = max(m.width, probe.width(b.Title, write{size: gridTitle, bold: true}))
	}
	return m
}

// fitted is a size of the proportions of a picture whose longer side has the
// given length.
func fitted(s image.Point, side float64) (w, h float64) {
	long := float64(max(s.X, s.Y))
	return side * float64(s.X) / long, max(side*float64(s.Y)/long, 2)
}

// paint draws a block with its upper left corner at (x, y).
func (m *block) paint(c *canvas, x, y float64) {
	label := write{size: gridLabel, color: soft}
	centred := write{size: gridLabel, color: soft, across: -0.5}
	if m.Title != "" {
		c.text(x, y+2, m.Title, write{size: gridTitle, bold: true})
		y += titleLine
	}
	if m.Lead != nil {
		c.picture(x, y, m.lead, m.leadH, m.Lead.Image)
		c.text(x+m.lead/2, y+m.leadH+2, c.fit(m.Lead.Label, centred, m.lead+gridGap), centred)
		x += m.lead + 2*gridGap
	}
	if len(m.Heads) > 0 {
		for i, head := range m.Heads {
			c.text(x+m.rowLabel+float64(i)*m.cellW+m.w/2, y+1, c.fit(head, centred, m.cellW), centred)
		}
		y += labelLine
	}
	for i, cell := range m.Cells {
		cx, cy := x+m.rowLabel+float64(i%m.columns)*m.cellW, y+float64(i/m.columns)*m.cellH
		if row := i / m.columns; i%m.columns == 0 && row < len(m.Rows) {
			c.text(x, cy+m.h/2, m.Rows[row], write{size: gridLabel, color: label.color, down: 0.5})
		}
		w, h := fitted(cell.Image.Bounds().Size(), max(m.w, m.h))
		w, h = min(w, m.w), min(h, m.h)
		c.picture(cx+(m.w-w)/2, cy+(m.h-h)/2, w, h, cell.Image)
		c.text(cx+m.w/2, cy+m.h+2, c.fit(cell.Label, centred, m.cellW), centred)
	}
}
