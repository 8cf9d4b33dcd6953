package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cnnc/cnnc/runtime/terminal"
	"github.com/cnnc/cnnc/runtime/tune"
)

// TestTuneTableWidths: the table of a search fits the terminal, whatever its size,
// and is drawn over itself; only colours need escape sequences of style.
func TestTuneTableWidths(t *testing.T) {
	g := &plannedSearch{cmd: &tuneCmd{}, row: &searchAlgorithm{name: "hyperband"}, search: tune.Search{
		Space:     tune.Space{{Name: "optimizer", Kind: tune.Choice}, {Name: "größe", Kind: tune.Choice}},
		Objective: tune.Objective{Metric: "val_accuracy", Maximize: true},
	}}
	var trials []tune.Trial
	for i := range 14 {
		var x tune.Trial
		state, values := tune.Completed, `{"optimizer":"adam","größe":"猫猫猫猫猫猫猫猫猫猫猫猫猫猫"}`
		if i%5 == 0 {
			state = tune.Running
		}
		if err := json.Unmarshal(fmt.Appendf(nil, `{"id":%d,"parent":-1,"to":8,"state":%q,"score":0.%d,"values":%s}`, i, state, i+10, values), &x); err != nil {
			t.Fatal(err)
		}
		trials = append(trials, x)
	}
	for columns := 20; columns <= 200; columns += 9 {
		for _, rows := range []int{2, 8, 50} {
			for _, color := range []bool{false, true} {
				var b bytes.Buffer
				w := &tuneShow{g: g, s: &streams{err: &b}, start: time.Now()}
				w.term, w.latest = terminal.Fixed(columns, rows, color), trials
				lines := w.table(w.term.Size())
				if len(lines) >= rows && rows > 8 || len(lines) > max(rows-1, 1) {
					t.Errorf("%dx%d: %d lines", columns, rows, len(lines))
				}
				for _, l := range lines {
					if l.Width() >= columns || !utf8.ValidString(l.String()) {
						t.Errorf("%d columns: a line of %d: %q", columns, l.Width(), l.String())
					}
				}
				w.draw(lines)
				if got := strings.Contains(b.String(), "\x1b[32m"); got != (color && rows > 8) && rows != 8 {
					t.Errorf("%dx%d, colour %v: green: %v", columns, rows, color, got)
				}
				w.draw(nil)
				if !strings.Contains(b.String(), fmt.Sprintf("\x1b[%dA\r\x1b[J", len(lines))) {
					t.Errorf("%dx%d: %d lines are not taken back: %q", columns, rows, len(lines), b.String())
				}
			}
		}
	}
}
