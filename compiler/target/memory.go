package target

// Level is a cache, or the memory behind them.
type Level struct {
	Name string
	// Bytes is what can be counted on to be there again; 0 is no limit.
	Bytes int64
	// Rate is the bytes, read or written, that a core moves in a nanosecond.
	Rate float64
	// Waits is the share of that time which arithmetic waits for. The rest goes on
	// beside it: what comes next is known long before, and fetched.
	Waits float64
	// Shared says that all cores have the level together.
	Shared bool
}

// Levels are the caches behind the first, and the memory, as one core of a Zen 5 server
// has them. Rates: cnnc bench copies 512 KB at 258 to 283 bytes/ns, 8 MB at 87 to 89 and
// 128 MB at 50 to 56; borders and gradients of poolings, which are mostly written, run at
// 110 to 150 from the third level. That has 32 MB, of which a network can count on half.
//
// This half, what arithmetic waits for, and ScatteredNanos are not measured alone but fitted
// to 40 whole programs: two networks of 28x28 and 255x255, training and inference, AVX2 and
// AVX-512, 1 to 32 examples at a time. Of these 38 are predicted within 8 %, the worst 10 %
// too long (root mean square 4.1 %).
var Levels = [...]Level{
	{"L2", 1 << 20, 260, 0, false},
	{"L3", 16 << 20, 110, 0.2, true},
	{"memory", 0, 52, 0.5, true},
}

// ScatteredNanos is what a byte of memory takes longer that lies in pieces of several rows,
// as Winograd's transforms read and write them, each of a page of its own.
const ScatteredNanos = 0.07

// Distance is what was touched since something was touched last: the bytes of what
// only this core uses, and of what all cores use.
type Distance struct{ Own, Common int64 }

// Add adds bytes.
func (d *Distance) Add(bytes int64, common bool) {
	if common {
		d.Common += bytes
	} else {
		d.Own += bytes
	}
}

// Reuse is the share that each of Levels still holds of what was last touched at a
// distance while so many cores do the same: all up to its size, nothing from twice that
// on, since caches do not forget in order. Each core brings its own data to a level that
// is shared; what is common is there once, and whoever uses it keeps it for all.
func Reuse(d Distance, common bool, cores int) (shares [len(Levels)]float64) {
	rest := 1.0
	for i, l := range Levels {
		touched := float64(d.Own) + float64(d.Common)
		if l.Shared {
			touched = float64(cores)*float64(d.Own) + float64(d.Common)
			if common {
				touched /= float64(cores)
			}
		}
		held := rest
		if l.Bytes > 0 {
			held = rest * max(0, min(1, 2-touched/float64(l.Bytes)))
		}
		shares[i] = held
		rest -= held
	}
	return shares
}

// RowCost is what products with n rows cost, in rows at the peak: tiles that are
// not full take longer (SplitTiles).
func RowCost(n int) float64 { return rowCost(n) }
