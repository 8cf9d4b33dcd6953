package simdtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// block is a block of pixels with strides, as wgrad and packPanel take it.
type block struct {
	imgs, rows, cols int
	img, row, col    int // strides in elements
}

// newBlock makes a random block whose pixels are at least width apart.
func newBlock(r *rand.Rand, width int) block {
	b := block{imgs: 1 + r.IntN(3), rows: 1 + r.IntN(4), cols: 1 + r.IntN(11)}
	b.col = width + r.IntN(5)
	b.row = b.cols*b.col + r.IntN(20)
	b.img = b.rows*b.row + r.IntN(30)
	return b
}

// each calls f with the number and the offset of every pixel.
func (b block) each(f func(n, off int)) {
	n := 0
	for g := range b.imgs {
		for row := range b.rows {
			for q := range b.cols {
				f(n, g*b.img+row*b.row+q*b.col)
				n++
			}
		}
	}
}

func (b block) pixels() int { return b.imgs * b.rows * b.cols }

// sum is an expected value with what bounds its error.
type sum struct {
	value, magnitude float64
	terms            int
}

func (s *sum) add(t float64) {
	s.value += t
	s.magnitude += math.Abs(t)
	s.terms++
}

func TestWgrad(t *testing.T) {
	for _, k := range slices.Concat(Kernels("wgrad"), Kernels("wgradBias"), Kernels("depthwiseGrad")) {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			p := program(t, k)
			for n := range 12 {
				testWgrad(t, k, p, seeded(k, n))
			}
		})
	}
}

func testWgrad(t *testing.T, k simd.Kernel, p *simd.Program, r *rand.Rand) {
	tiles := r.IntN(4)
	rows := tiles * k.Variant.MR
	dyb := newBlock(r, k.Lanes)
	xb := dyb
	xb.col = 1 + r.IntN(4)
	lane := func(j int) int { return 0 } // of the input that channel j reads
	if k.Variant.Family == "depthwiseGrad" {
		lane = func(j int) int { return j }
	}
	xb.row = xb.col*xb.cols + r.IntN(5)
	xb.img = xb.row*xb.rows + r.IntN(5)
	x := newBuffer("x", 41+xb.imgs*xb.img+lane(k.Lanes))
	dy := newBuffer("dy", dyb.imgs*dyb.img)
	shrink(r, x, dy)
	dwPanel := max(1, rows)*20 + r.IntN(10)
	dw := newBuffer("dw", 2*dwPanel+40)
	var tab []int32
	for _, i := range r.Perm(rows) {
		tab = append(tab, int32(r.IntN(40)), int32(20*i+3))
	}
	switch r.IntN(4) {
	case 0: // pairs of rows that are neighbours in x
		for i := 2; i < len(tab)-1; i += 4 {
			tab[i] = tab[i-2] + 1
		}
	case 1, 2: // all rows of a tile are
		for i := 2; i < len(tab)-1; i += 2 {
			if i/2%k.Variant.MR != 0 {
				tab[i] = tab[i-2] + 1
			}
		}
	}
	var db *buffer
	if k.Variant.Family == "wgradBias" {
		db = newBuffer("db", k.Lanes+3)
	}
	var xoff, dyoff []int
	xb.each(func(_, off int) { xoff = append(xoff, off) })
	dyb.each(func(_, off int) { dyoff = append(dyoff, off) })
	want := map[int]*sum{}
	for i := range rows {
		for j := range k.Lanes {
			at := int(tab[2*i+1]) + j/16*dwPanel + j%16
			s := &sum{}
			s.add(dw.read(at, r))
			dw.write(at)
			for q := range xoff {
				s.add(x.read(int(tab[2*i])+xoff[q]+lane(j), r) * dy.read(dyoff[q]+j, r))
			}
			want[at] = s
		}
	}

	wantDB := make([]sum, k.Lanes)
	if db != nil && tiles > 0 {
		for j := range wantDB {
			s := &wantDB[j]
			s.add(db.read(j, r))
			db.write(j)
			for range tiles {
				for _, off := range dyoff {
					s.add(dy.read(off+j, r))
				}
			}
		}
	}

	var m simd.Memory
	xr, dyr, dwr := x.region(&m), dy.region(&m), dw.region(&m)
	args := []any{xr.Ptr(), dyr.Ptr(), dwr.Ptr()}
	var dbr *simd.Region
	if db != nil {
		dbr = db.region(&m)
		args = append(args, dbr.Ptr())
	}
	tr := m.Int32s("tab", tab, simd.Read)
	err := p.Run(&m, append(args, tr.Ptr(), tiles, dwPanel,
		dyb.imgs, dyb.rows, dyb.cols, xb.img, xb.row, xb.col, dyb.img, dyb.row, dyb.col)...)
	if err != nil {
		t.Fatal(err)
	}
	var simDB []float32
	if db != nil {
		simDB = make([]float32, len(db.data))
		dbr.GetFloat32s(simDB)
		for j, s := range wantDB {
			if tiles > 0 && !near(t, "db", j, simDB[j], s.value, s.magnitude, s.terms) {
				break
			}
		}
	}
	sim := make([]float32, len(dw.data))
	dwr.GetFloat32s(sim)
	for i, s := range want {
		if !near(t, "dw", i, sim[i], s.value, s.magnitude, s.terms) {
			break
		}
	}
	if kernel := wgradBiasHardware(k); kernel != nil {
		hx, hdy, hdw, hdb := x.hard(r), dy.hard(r), dw.hard(r), db.hard(r)
		kernel(hx.ptr(), hdy.ptr(), hdw.ptr(), hdb.ptr(), first(tab), tiles, dwPanel,
			dyb.imgs, dyb.rows, dyb.cols, xb.img, xb.row, xb.col, dyb.img, dyb.row, dyb.col)
		hx.check(t, nil)
		hdy.check(t, nil)
		hdw.check(t, sim)
		hdb.check(t, simDB)
	}
	if kernel := wgradHardware(k); kernel != nil {
		hx, hdy, hdw := x.hard(r), dy.hard(r), dw.hard(r)
		kernel(hx.ptr(), hdy.ptr(), hdw.ptr(), first(tab), tiles, dwPanel,
			dyb.imgs, dyb.rows, dyb.cols, xb.img, xb.row, xb.col, dyb.img, dyb.row, dyb.col)
		hx.check(t, nil)
		hdy.check(t, nil)
		hdw.check(t, sim)
	}
}

func TestPackPanel(t *testing.T) {
	for _, k := range append(Kernels("packPanel"), Kernels("colSum")...) {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			p := program(t, k)
			for n := range 12 {
				testPack(t, k, p, seeded(k, n), n%3 != 0 || k.Variant.Family == "colSum")
			}
		})
	}
}

func testPack(t *testing.T, k simd.Kernel, p *simd.Program, r *rand.Rand, withSum bool) {
	copying := k.Variant.Family == "packPanel"
	b := newBlock(r, k.Lanes)
	dy := newBuffer("dy", b.imgs*b.img)
	panel := newBuffer("panel", b.pixels()*k.Lanes)
	var db *buffer
	want := make([]sum, k.Lanes)
	if withSum {
		db = newBuffer("db", k.Lanes+3)
		for j := range want {
			want[j].add(db.read(j, r))
			db.write(j)
		}
	}
	copied := make([]float32, len(panel.data))
	b.each(func(n, off int) {
		for j := range k.Lanes {
			want[j].add(dy.read(off+j, r))
			panel.write(n*k.Lanes + j)
			copied[n*k.Lanes+j] = dy.data[off+j]
		}
	})

	var m simd.Memory
	args := []any{dy.region(&m).Ptr()}
	pr := panel.region(&m)
	if copying {
		args = append(args, pr.Ptr())
	}
	var dbr *simd.Region
	if withSum {
		dbr = db.region(&m)
		args = append(args, dbr.Ptr())
	} else {
		args = append(args, simd.Ptr(0))
	}
	args = append(args, b.imgs, b.rows, b.cols, b.img, b.row, b.col)
	if err := p.Run(&m, args...); err != nil {
		t.Fatal(err)
	}
	var sums []float32
	if withSum {
		sums = make([]float32, len(db.data))
		dbr.GetFloat32s(sums)
		for j, s := range want {
			near(t, "db", j, sums[j], s.value, s.magnitude, s.terms)
		}
	}
	got := make([]float32, len(panel.data))
	pr.GetFloat32s(got)
	if copying {
		for i, v := range copied {
			if math.Float32bits(got[i]) != math.Float32bits(v) {
				t.Fatalf("panel: element %d is %v, want %v", i, got[i], v)
			}
		}
	}

	hdy, hpanel := dy.hard(r), panel.hard(r)
	var hdb *hard
	if withSum {
		hdb = db.hard(r)
	}
	if !packHardware(k, hdy.ptr(), hpanel.ptr(), hdb.ptr(), b) {
		return
	}
	hdy.check(t, nil)
	if copying {
		hpanel.check(t, got)
	}
	if withSum {
		hdb.check(t, sums)
	}
}
