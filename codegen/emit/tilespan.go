package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
)

// tileRun is the most tiles times channels that one transform takes: 600 KB of
// planes, some tens of microseconds where they come from memory.
const tileRun = 4096

// tileFrom is the first tile of a run: tile at of its row, and run times as many
// further in a loop over runs.
type tileFrom struct{ at, run int }

// times is where the run begins in memory with by elements for a tile.
func (f tileFrom) times(by int) []gosrc.Term {
	return []gosrc.Term{gosrc.Lit(f.at * by), gosrc.Times("run", f.run*by)}
}

// cutTiles emits n tiles of a row, of so many channels, in calls for runs of them.
func cutTiles(n, channels int, do func(from tileFrom, n int) jen.Code) []jen.Code {
	most := max(1, tileRun/channels)
	if n <= most {
		return []jen.Code{do(tileFrom{}, n)}
	}
	stmts := []jen.Code{gosrc.For("run", lit(n/most), do(tileFrom{run: most}, most))}
	if rest := n % most; rest > 0 {
		stmts = append(stmts, do(tileFrom{at: n - rest}, rest))
	}
	return stmts
}
