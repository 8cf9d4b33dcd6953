package plan

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/target"
)

const (
	// winogradTmp is the memory the transforms need beside: 36 of the widest
	// vectors.
	winogradTmp = 36 * 16
)

// WinogradTile is the size of a tile of F(m x m, 3x3): m x m outputs, m = 4 or 2,
// are computed from (m+2) x (m+2) inputs in as many planes.
type WinogradTile int

// Side is the number of inputs along one axis of a tile.
func (m WinogradTile) Side() int { return int(m) + 2 }

// Planes is the number of planes.
func (m WinogradTile) Planes() int { return m.Side() * m.Side() }

// Tiles is the number of tiles that n pixels take.
func (m WinogradTile) Tiles(n int) int { return (n + int(m) - 1) / int(m) }

// String is the name of the algorithm: F(4x4).
func (m WinogradTile) String() string { return fmt.Sprintf("F(%dx%d)", int(m), int(m)) }

// Winograd is a 3x3 convolution of stride 1, forward or backward-data, by
// Winograd's F(4x4, 3x3) or F(2x2, 3x3). For every tile of m x m output pixels,
// whose inputs begin at
//
//	X + i*X.ImageFloats + XOrigin + m*ty*X.RowFloats() + m*tx*X.Cp
//
// V = Bt d B, M[q] = V[q] * U[q] for each of the planes q, y = At M A, then as
// IGEMM: bias, Add, ReLU or Mask, stored at the pixels below OutH and OutW. X is
// never Y.
type Winograd struct {
	Info
	X, Y *Buffer
	// U holds the transformed kernels (WinogradKernel): PlaneFloats from plane to
	// plane, and within a plane panels of K rows.
	U           Weights
	PlaneFloats int
	Bias        int // offset in Params, -1 none
	Add, Mask   *Buffer
	ReLU        bool
	WinogradBlock
	// Pool as in IGEMM: Y is a strip of m*Rows rows of one image. Windows of 2x2, 2
	// apart, need none (PoolsTiles): the transform of the outputs ends in their
	// maxima, Y is that of Pool, and Pool has no X.
	Pool *MaxPool
}

// WinogradBlock is the geometry of a Winograd convolution and the number of
// tiles that are transformed and multiplied at a time: Rows rows of tiles of
// Images images; more than one image only with all rows.
type WinogradBlock struct {
	Tile       WinogradTile
	OutH, OutW int // output pixels an image
	XOrigin    int
	// In channels of X are transformed, OutC outputs computed: multiples of 8.
	// The products sum over K of the inputs; the rest are padding.
	In, K, OutC  int
	Rows, Images int
	// Scratch holds the planes of a block.
	Scratch *Buffer
}

// Tiles is the largest number of tiles of a block.
func (b *WinogradBlock) Tiles() int { return b.Images * b.Rows * b.Tile.Tiles(b.OutW) }

// InPlane and OutPlane are the distances between two planes of V and of M.
func (b *WinogradBlock) InPlane() int  { return planeFloats(b.Tiles() * b.In) }
func (b *WinogradBlock) OutPlane() int { return planeFloats(b.Tiles() * b.OutC) }

// pad16 rounds up to whole cache lines.
func pad16(n int) int { return (n + 15) / 16 * 16 }

// planeFloats is the distance of planes of n floats: an odd number of cache lines,
// so that a tile's cells fall into different sets of the cache.
func planeFloats(n int) int { return (n+15)/16*16 | 16 }

// V and M are where the planes begin in Scratch; the memory before is the
// transforms' own. Floats is the size of it all.
func (b *WinogradBlock) V() int      { return winogradTmp }
func (b *WinogradBlock) M() int      { return b.V() + b.Tile.Planes()*b.InPlane() }
func (b *WinogradBlock) Floats() int { return b.M() + b.Tile.Planes()*b.OutPlane() }

// WinogradGrad adds to the gradient of a 3x3 kernel of stride 1, and if DB >= 0
// to that of a bias, by the dual of Winograd's algorithm: over all tiles, with
// Z = A dy At from the m x m gradients that begin at
//
//	DY + i*DY.ImageFloats + DY.Origin() + m*ty*DY.RowFloats() + m*tx*DY.Cp
//
// W[q] = sum of V[q]t * Z[q] for each plane, dw += Gt W G, db += the sum of all dy.
// The gradients of a tile beyond the image are zeros of DY's border. W, in panels
// of K rows like the kernel's, is cleared by each call. OutC of all Outputs are
// computed at a time, so that W stays in the cache.
type WinogradGrad struct {
	Info
	X, DY *Buffer
	DW    Weights // Space Grads
	InPad int     // rows of DW for a tap
	DB    int     // offset in Grads, -1 none
	// M of the block holds Z. W and the sums of dy are behind it.
	WinogradBlock
	Outputs int     // a multiple of OutC
	Runs    []Tiles // of the K rows; each is one kernel call a block
}

// W is where the sums begin in Scratch, SumPlane the distance of two of their
// planes, B where the sums of dy begin, and ScratchFloats the size of it all.
func (c *WinogradGrad) W() int             { return c.Floats() }
func (c *WinogradGrad) SumPlane() int      { return planeFloats(c.K * pad16(c.OutC)) }
func (c *WinogradGrad) B() int             { return c.W() + c.Tile.Planes()*c.SumPlane() }
func (c *WinogradGrad) ScratchFloats() int { return c.B() + pad16(c.OutC) }

// WinogradKernel remakes a transformed kernel, U = G g Gt, from a packed one of
// 3x3 taps. For the Ins rows in and all outputs in whole panels,
//
//	derived[To + q*PlaneFloats() + out/16*Ins*16 + in*16 + out%16]
//
// Backward-data multiplies by the kernel rotated by half a turn, inputs and
// outputs exchanged: Rotated. Its rows are outputs of the kernel.
type WinogradKernel struct {
	Info
	Tile    WinogradTile
	From    int // offset in Params
	Packing Packing
	To      int // offset in Derived
	Ins     int
	Rotated bool
	// Fold, unless nil, is applied to the kernel first.
	Fold *Fold
}

// PlaneFloats is the distance of two planes. The generated code that transforms
// the kernel computes the same: plane in codegen/support/winograd.go.
func (c *WinogradKernel) PlaneFloats() int {
	outs := c.Packing.Out
	if c.Rotated {
		outs = c.Packing.InPad
	}
	return planeFloats(c.Ins * pad16(outs))
}

// Floats is the size of the transformed kernel.
func (c *WinogradKernel) Floats() int { return c.Tile.Planes() * c.PlaneFloats() }

// PoolsTiles reports whether the transform of the outputs ends in the pooling.
func (c *Winograd) PoolsTiles() bool { return c.Pool != nil && c.Pool.X == nil }

// Kernel implements Call.
func (c *Winograd) Kernel() string {
	s := "winograd" + epilogue(c.Bias, c.Add, c.ReLU, c.Mask)
	if c.Pool != nil {
		s += "+" + c.Pool.Kernel()
	}
	return s
}

// Kernel implements Call.
func (c *WinogradGrad) Kernel() string { return "winogradGradient" }

// Kernel implements Call.
func (c *WinogradKernel) Kernel() string { return "winogradWeights" }

// Arithmetic implements Call.
func (c *Winograd) Arithmetic() int64 { return c.WinogradBlock.arithmetic() }

// Arithmetic implements Call.
func (c *WinogradGrad) Arithmetic() int64 { return c.WinogradBlock.arithmetic() }

// arithmetic is what a block's convolution computes for one example, in units of
// FLOPs at the peak: products and transforms (target.WinogradTileFLOPs).
func (b *WinogradBlock) arithmetic() int64 {
	tiles := int64(b.Tile.Tiles(b.OutH)) * int64(b.Tile.Tiles(b.OutW))
	return tiles * int64(target.WinogradTileFLOPs(int(b.Tile), b.In, b.K, b.OutC))
}

func (c *Winograd) accesses(a *accesses) {
	a.read(c.X, c.Add, c.Mask)
	a.write(c.Scratch, c.Y)
	a.read(c.Scratch)
	if c.Pool != nil {
		if !c.PoolsTiles() {
			a.read(c.Y)
		}
		a.write(c.Pool.Y, c.Pool.Mask)
	}
}

func (c *WinogradGrad) accesses(a *accesses) {
	a.read(c.X, c.DY)
	a.write(c.Scratch)
	a.read(c.Scratch)
}

func (c *WinogradKernel) derives() {}

func (c *WinogradKernel) accesses(*accesses) {}

func (c *Winograd) detail() string {
	return fmt.Sprintf("%s, %d planes of k %d, %d channels from %s %d, blocks of %d rows of %d tiles of %s",
		c.Tile, c.Tile.Planes(), c.K, c.OutC, c.U.Space, c.U.Offset, c.Rows, c.Tile.Tiles(c.OutW), imagesText(c.Images))
}

func (c *WinogradGrad) detail() string {
	s := fmt.Sprintf("%s, %d planes of %d x %d: %s, blocks of %d rows of %d tiles of %s",
		c.Tile, c.Tile.Planes(), c.K, c.OutC, tilesText(c.Runs), c.Rows, c.Tile.Tiles(c.OutW), imagesText(c.Images))
	if c.OutC < c.Outputs {
		s += fmt.Sprintf(", %d times", c.Outputs/c.OutC)
	}
	return s
}

func (c *WinogradKernel) detail() string {
	s := fmt.Sprintf("%s, params %d -> derived %d, %d x %d", c.Tile, c.From, c.To, c.Packing.In, c.Packing.Out)
	if c.Rotated {
		s += ", rotated"
	}
	return s
}

func imagesText(n int) string {
	if n == 1 {
		return "an image"
	}
	return fmt.Sprintf("%d images", n)
}
