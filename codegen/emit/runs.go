package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
)

// tileRun is the most tiles times channels that one transform takes: 600 KB of
// planes, some tens of microseconds where they come from memory.
const tileRun = 4096

// runFrom is where a run of elements begins: at element at, and run times as many
// further on in a loop over runs, whose variable is run.
type runFrom struct{ at, run int }

// times is where the run begins in memory with by values for an element.
func (f runFrom) times(by int) []gosrc.Term {
	return []gosrc.Term{gosrc.Lit(f.at * by), gosrc.Times("run", f.run*by)}
}

// cutRuns emits n elements in calls for runs of at most most of them: a loop over
// whole runs, and what is left.
func cutRuns(n, most int, do func(from runFrom, n int) jen.Code) []jen.Code {
	if n <= most {
		return []jen.Code{do(runFrom{}, n)}
	}
	var stmts []jen.Code
	if whole := n / most; whole > 1 {
		stmts = append(stmts, gosrc.For("run", lit(whole), do(runFrom{run: most}, most)))
	} else {
		stmts = append(stmts, do(runFrom{}, most))
	}
	if rest := n % most; rest > 0 {
		stmts = append(stmts, do(runFrom{at: n - rest}, rest))
	}
	return stmts
}

// cutTiles emits n tiles of a row, of so many channels.
func cutTiles(n, channels int, do func(from runFrom, n int) jen.Code) []jen.Code {
	return cutRuns(n, max(1, tileRun/channels), do)
}
