package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/cnnc/cnnc/runtime/tune"
)

// epochs is about how many epochs the whole search trains, within its budget.
func (g *plannedSearch) epochs() float64 {
	total := g.row.epochs(g.search.Algorithm, g.search.Space) * float64(max(g.search.Executions, 1))
	if b := float64(g.search.MaxEpochs); b > 0 {
		total = min(total, b)
	}
	return total
}

// describe says in a line what the algorithm does.
func (g *plannedSearch) describe() string {
	text := g.row.name
	switch a := g.search.Algorithm.(type) {
	case tune.Hyperband:
		text += ", " + plural(a.Brackets(), "bracket")
		if a.Iterations > 1 {
			text += ", " + plural(a.Iterations, "iteration")
		}
	case tune.ASHA:
		var rungs []string
		for _, e := range a.Rungs() {
			rungs = append(rungs, strconv.Itoa(e))
		}
		text += fmt.Sprintf(", %s, rungs at epochs %s", plural(a.Trials, "point"), strings.Join(rungs, ", "))
	}
	text += fmt.Sprintf("; about %.0f epochs in all", g.epochs())
	if s := &g.search; s.MaxTrials > 0 || s.MaxTime > 0 {
		var most []string
		if s.MaxTrials > 0 {
			most = append(most, plural(s.MaxTrials, "trial"))
		}
		if s.MaxTime > 0 {
			most = append(most, rounded(s.MaxTime))
		}
		text += ", within " + strings.Join(most, " and ")
	}
	return text
}

// schedule prints the brackets of Hyperband: of each round its trials, and the
// epoch to which it trains them. In a space with fewer points than a round wants
// the round takes what there is.
func (g *plannedSearch) schedule(w io.Writer) {
	a, ok := g.search.Algorithm.(tune.Hyperband)
	if !ok {
		return
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "  bracket"
	for r := range a.Brackets() {
		head += fmt.Sprintf("\tround %d", r)
	}
	fmt.Fprintf(tab, "%s\tepochs\n", head)
	points := g.search.Space.Points()
	for b := a.Brackets() - 1; b >= 0; b-- {
		line, epochs := fmt.Sprintf("  %d", b), 0
		most := points
		for r := range a.Brackets() {
			rounds := a.Bracket(b)
			if r >= len(rounds) {
				line += "\t"
				continue
			}
			n := rounds[r].Trials
			if most > 0 {
				n = min(n, most)
				most = n
			}
			epochs += n * (rounds[r].To - rounds[r].From)
			line += fmt.Sprintf("\t%d to epoch %d", n, rounds[r].To)
		}
		fmt.Fprintf(tab, "%s\t%d\n", line, epochs)
	}
	tab.Flush()
}
