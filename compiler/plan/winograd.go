package plan

import "fmt"

// Sizes of Winograd's F(4x4, 3x3): tiles of 4x4 outputs are computed from 6x6
// inputs, in 36 planes.
const (
	WinogradTile   = 4
	WinogradPlanes = 36
	// winogradTmp is the memory the transforms need beside: 36 of the widest
	// vectors. winogradPad floats, a cache line, keep planes from falling into
	// the same sets of the cache.
	winogradTmp = 36 * 16
	winogradPad = 16
)

// Winograd is a 3x3 convolution of stride 1, forward or backward-data, by
// Winograd's F(4x4, 3x3). For every tile of 4x4 output pixels, whose 6x6 inputs
// begin at
//
//	X + i*X.ImageFloats + XOrigin + 4*ty*X.RowFloats() + 4*tx*X.Cp
//
// V = Bt d B, M[q] = V[q] * U[q] for each of the 36 planes q, y = At M A, then as
// IGEMM: bias, Add, ReLU or Mask, stored at the pixels below OutH and OutW. X is
// never Y.
type Winograd struct {
	Info
	X, Y *Buffer
	// U holds the transformed kernels (WinogradKernel): PlaneFloats from plane to
	// plane, and within a plane panels of In rows.
	U           Weights
	PlaneFloats int
	Bias        int // offset in Params, -1 none
	Add, Mask   *Buffer
	ReLU        bool
	WinogradBlock
	// Pool as in IGEMM: Y is a strip of 4*Rows rows of one image.
	Pool *MaxPool
}

// WinogradBlock is the geometry of a Winograd convolution and the number of
// tiles that are transformed and multiplied at a time: Rows rows of tiles of
// Images images; more than one image only with all rows.
type WinogradBlock struct {
	OutH, OutW   int // output pixels an image
	XOrigin      int
	In, OutC     int // channels of X and of outputs, multiples of 16
	Rows, Images int
	// Scratch holds the planes of a block.
	Scratch *Buffer
}

// WinogradTiles is the number of tiles that n pixels take.
func WinogradTiles(n int) int { return (n + WinogradTile - 1) / WinogradTile }

// Tiles is the largest number of tiles of a block.
func (b *WinogradBlock) Tiles() int { return b.Images * b.Rows * WinogradTiles(b.OutW) }

// InPlane and OutPlane are the distances between two planes of V and of M.
func (b *WinogradBlock) InPlane() int  { return b.Tiles()*b.In + winogradPad }
func (b *WinogradBlock) OutPlane() int { return b.Tiles()*b.OutC + winogradPad }

// V and M are where the planes begin in Scratch; the memory before is the
// transforms' own. Floats is the size of it all.
func (b *WinogradBlock) V() int      { return winogradTmp }
func (b *WinogradBlock) M() int      { return b.V() + WinogradPlanes*b.InPlane() }
func (b *WinogradBlock) Floats() int { return b.M() + WinogradPlanes*b.OutPlane() }

// WinogradGrad adds to the gradient of a 3x3 kernel of stride 1 by the dual of
// Winograd's F(4x4, 3x3): over all tiles, with Z = A dy At from the 4x4 gradients
// that begin at
//
//	DY + i*DY.ImageFloats + DY.Origin() + 4*ty*DY.RowFloats() + 4*tx*DY.Cp
//
// W[q] = sum of V[q]t * Z[q] for each plane, dw += Gt W G. The gradients of a tile
// beyond the image are zeros of DY's border. W, in panels of In rows like the
// kernel's, is cleared by each call.
type WinogradGrad struct {
	Info
	X, DY *Buffer
	DW    Weights // Space Grads
	// M of the block holds Z. W is behind it.
	WinogradBlock
	Runs []Tiles // of the In rows; each is one kernel call a block
}

// W is where the sums begin in Scratch, SumPlane the distance of two of their
// planes, and ScratchFloats the size of it all.
func (c *WinogradGrad) W() int             { return c.Floats() }
func (c *WinogradGrad) SumPlane() int      { return c.In*c.OutC + winogradPad }
func (c *WinogradGrad) ScratchFloats() int { return c.W() + WinogradPlanes*c.SumPlane() }

// WinogradKernel remakes a transformed kernel, U = G g Gt, from a packed one of
// 3x3 taps:
//
//	derived[To + q*In*Out + out/16*In*16 + in*16 + out%16]
//
// Backward-data multiplies by the kernel rotated by half a turn, inputs and
// outputs exchanged: Rotated.
type WinogradKernel struct {
	Info
	From    int // offset in Params
	Packing Packing
	To      int // offset in Derived
	Rotated bool
}

// Floats is the size of the transformed kernel.
func (c *WinogradKernel) Floats() int { return WinogradPlanes * c.Packing.In * c.Packing.Out }

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
// FLOPs at the peak: 36 products for each tile of 16 pixels, and transforms, which
// take 140 and 90 cycles for a tile and 8 channels at 32 FLOPs a cycle.
func (b *WinogradBlock) arithmetic() int64 {
	tile := 2*WinogradPlanes*b.In*b.OutC + 32*(140*b.In+90*b.OutC)/8
	return int64(WinogradTiles(b.OutH)) * int64(WinogradTiles(b.OutW)) * int64(tile)
}

func (c *Winograd) accesses(a *accesses) {
	a.read(c.X, c.Add, c.Mask)
	a.write(c.Scratch, c.Y)
	a.read(c.Scratch)
	if c.Pool != nil {
		a.read(c.Y)
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
	return fmt.Sprintf("36 planes of k %d, %d channels from %s %d, blocks of %d rows of %d tiles of %s",
		c.In, c.OutC, c.U.Space, c.U.Offset, c.Rows, WinogradTiles(c.OutW), imagesText(c.Images))
}

func (c *WinogradGrad) detail() string {
	return fmt.Sprintf("36 planes of %d x %d: %s, blocks of %d rows of %d tiles of %s",
		c.In, c.OutC, tilesText(c.Runs), c.Rows, WinogradTiles(c.OutW), imagesText(c.Images))
}

func (c *WinogradKernel) detail() string {
	s := fmt.Sprintf("params %d -> derived %d, %d x %d", c.From, c.To, c.Packing.In, c.Packing.Out)
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
