package simdtest

import (
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/target"
)

// wgradPlan is a weight gradient as generated code runs it: blocks of rows (of
// several images) outside, panels inside, k rows innermost.
type wgradPlan struct {
	s           convShape
	lanes       int
	images      int
	block       target.WGrad
	x, dy, dw   []float32
	db, panel   []float32
	tab         []int32
	runs        []target.TileRun
	kernel      [7]wgradFunc
	pack        func(dy, panel, db *float32, imgs, rows, cols, dyImg, dyRow, dyCol int)
	colSum      func(dy, db *float32, imgs, rows, cols, dyImg, dyRow, dyCol int)
	xImg, dyImg int
}

func newWgradPlan(s convShape, isa simd.ISA, images int) *wgradPlan {
	p := &wgradPlan{s: s, lanes: 16, images: images}
	if isa == simd.AVX512 {
		p.lanes = 32
	}
	n := s.out()
	p.xImg = (s.size + s.kernel) * s.pitch()
	p.dyImg = n * n * s.co
	p.x = floats(images * p.xImg)
	p.dy = floats(images * p.dyImg)
	p.dw = floats(s.co * s.k())
	p.db = floats(s.co)
	p.block = target.WGradBlock(images, n, n, s.k(), s.co, p.lanes)
	p.panel = floats(p.block.Images * p.block.Rows * n * p.lanes)
	for i := range s.kernel {
		for c := range s.kernel * s.ci {
			p.tab = append(p.tab, int32(i*s.pitch()+c), int32(16*len(p.tab)/2))
		}
	}
	for _, run := range target.SplitTiles(s.k()) {
		p.runs = append(p.runs, run.Calls(p.block.TilesPerCall)...)
	}
	for mr := 1; mr <= 6; mr++ {
		p.kernel[mr] = wgradAsm[simd.Kernel{Variant: simd.Variant{Family: "wgrad", MR: mr}, Lanes: p.lanes, ISA: isa}]
	}
	p.pack = packPanelAsm[simd.Kernel{Variant: simd.Variant{Family: "packPanel"}, Lanes: p.lanes, ISA: isa}]
	p.colSum = colSumAsm[simd.Kernel{Variant: simd.Variant{Family: "colSum"}, Lanes: p.lanes, ISA: isa}]
	return p
}

func (p *wgradPlan) run() {
	s, n := p.s, p.s.out()
	for g := 0; g < p.images; g += p.block.Images {
		imgs := min(p.block.Images, p.images-g)
		for r := 0; r < n; r += p.block.Rows {
			rows := min(p.block.Rows, n-r)
			x := &p.x[g*p.xImg+r*s.stride*s.pitch()]
			for c := 0; c < s.co; c += p.lanes {
				dy := &p.dy[g*p.dyImg+r*n*s.co+c]
				dyImg, dyRow, dyCol := p.dyImg, n*s.co, s.co
				if p.block.Pack {
					p.pack(dy, &p.panel[0], &p.db[c], imgs, rows, n, dyImg, dyRow, dyCol)
					dy, dyImg, dyRow, dyCol = &p.panel[0], rows*n*p.lanes, n*p.lanes, p.lanes
				}
				at := 0
				for _, t := range p.runs {
					p.kernel[t.MR](x, dy, &p.dw[c*s.k()], &p.tab[at], t.Count, 16*s.k(), imgs, rows, n,
						p.xImg, s.stride*s.pitch(), s.stride*s.ci, dyImg, dyRow, dyCol)
					at += 2 * t.MR * t.Count
				}
			}
		}
	}
}

// BenchmarkWgrad is the weight gradient with the bias gradient, over images of
// about 6000 pixels in all.
func BenchmarkWgrad(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		for _, s := range benchShapes {
			b.Run(s.String(), func(b *testing.B) {
				n := s.out()
				images := max(1, 6000/(n*n))
				p := newWgradPlan(s, isa, images)
				rate(b, isa, s.flops()*float64(images), p.run)
			})
		}
	})
}
