package target

// Level is a cache, or the memory behind them.
type Level struct {
	Name string
	// Bytes is what a core can count on finding there again; 0 is no limit.
	Bytes int64
	// Rate is the bytes, read or written, that a core moves in a nanosecond.
	Rate float64
}

// Levels are the caches behind the first, and the memory: those of current server
// cores, a share of the third level that others leave to one. Copies, borders and
// poolings of 0.5 to 2 MB run at 80 to 140 bytes/ns on one Zen 5 core, at 15 to 25
// from memory.
var Levels = [...]Level{{"L2", 1 << 20, 120}, {"L3", 16 << 20, 80}, {"memory", 0, 20}}

// Reuse is the share that each of Levels still holds of what was last touched when
// distance bytes were touched since: all up to its size, nothing from twice that on,
// since caches do not forget in order.
func Reuse(distance int64) (shares [len(Levels)]float64) {
	rest := 1.0
	for i, l := range Levels {
		held := rest
		if l.Bytes > 0 {
			held = rest * max(0, min(1, 2-float64(distance)/float64(l.Bytes)))
		}
		shares[i] = held
		rest -= held
	}
	return shares
}

// RowCost is what products with n rows cost, in rows at the peak: tiles that are
// not full take longer (SplitTiles).
func RowCost(n int) float64 { return rowCost(n) }
