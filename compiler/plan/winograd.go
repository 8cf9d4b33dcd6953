package plan

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

	OutH, OutW int // output pixels an image
	XOrigin    int
	In, OutC   int // multiples of 16
	WinogradBlock
	// Pool as in IGEMM: Y is a strip of 4*Rows rows of one image.
	Pool *MaxPool
}

// WinogradBlock says how many tiles are transformed and multiplied at a time:
// Rows rows of tiles of Images images; more than one image only with all rows.
type WinogradBlock struct {
	Rows, Images int
	// Scratch holds the planes of a block.
	Scratch *Buffer
}

// WinogradTiles is the number of tiles that n pixels take.
func WinogradTiles(n int) int { return (n + WinogradTile - 1) / WinogradTile }

// Tiles is the largest number of tiles of a block, for images of width w.
func (b *WinogradBlock) Tiles(w int) int { return b.Images * b.Rows * WinogradTiles(w) }

// InPlane and OutPlane are the distances between two planes of V and of M.
func (c *Winograd) InPlane() int  { return c.Tiles(c.OutW)*c.In + winogradPad }
func (c *Winograd) OutPlane() int { return c.Tiles(c.OutW)*c.OutC + winogradPad }

// V and M are where the planes begin in Scratch; the memory before is the
// transforms' own. ScratchFloats is the size of it all.
func (c *Winograd) V() int             { return winogradTmp }
func (c *Winograd) M() int             { return c.V() + WinogradPlanes*c.InPlane() }
func (c *Winograd) ScratchFloats() int { return c.M() + WinogradPlanes*c.OutPlane() }

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
