package page_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
)

// A page of two sections, with a chart and a table.
func Example() {
	loss := &page.Lines{
		Title: "loss", X: "epoch",
		Series: []page.Series{
			{Name: "train", X: []float64{1, 2, 3}, Y: []float64{2.1, 1.2, 0.9}},
			{Name: "validation", X: []float64{1, 2, 3}, Y: []float64{1.9, 1.3, 1.4}},
		},
		Marks: []page.Mark{{X: 2, Y: 1.3, Text: "best"}},
	}
	classes := &page.Table{
		Columns: []page.Column{{Title: "class"}, {Title: "recall", Right: true}},
		Rows:    []page.Row{{Cells: []any{"cat", "0.91"}}, {Cells: []any{"dog", "0.87"}}},
	}
	var b strings.Builder
	err := page.Write(&b, &page.Document{Title: "A run", Contents: true, Sections: []page.Section{
		{ID: "curves", Title: "Curves", Body: page.Charts(loss.HTML())},
		{ID: "classes", Title: "Classes", Body: classes.HTML()},
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(strings.Count(b.String(), "<svg"), "chart")
	// Output: 1 chart
}
