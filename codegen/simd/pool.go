package simd

import "fmt"

// pool is what the pooling kernels share: loops over the output pixels of one
// row, over blocks of channels, and over the positions of a window. The pixel
// loop works on the argument block itself: pointers advance there, strides
// become bytes there, which leaves the registers to the inner loops.
type pool struct {
	*Program
	isa    ISA
	window string // pointer parameter that windows are walked in: x or dx
	pixel  string // pointer parameter with one pixel per window: y, dy or dp
	bits   bool   // there are bits to walk along
	labels int
}

// poolBlock is a block of channels done at a time: vectors registers of width
// float32 each.
type poolBlock struct {
	vectors, width int
	vec            func(n int) Vec
}

// Register roles of the pooling kernels.
const (
	poolWindow   = R8  // window at this block of channels, first position
	poolPixel    = R9  // pixel at this block of channels
	poolBits     = R10 // bits of the window at this block of channels
	poolChannels = SI  // channels left
	poolRow      = DX  // window row
	poolAt       = DI  // window position
	poolBitsRow  = BX  // bits of the window row
	poolBitsAt   = CX  // bits of the window position
	poolRows     = R11 // window rows left
	poolCols     = R12 // positions left in the window row
	poolTemp     = R13
)

// each emits the loops around block, which does one block of channels of one
// output pixel.
func (k *pool) each(block func(b poolBlock)) {
	k.I(MOVQ, Arg("n"), AX)
	k.I(TESTQ, AX, AX)
	k.I(JLE, Label("done"))
	for _, stride := range []string{k.window + "Row", k.window + "Col", k.window + "Step", k.pixel + "Step"} {
		k.I(SHLQ, Imm(2), Arg(stride)).Say("to bytes")
	}
	var blocks []poolBlock
	for _, vectors := range []int{4, 2, 1} {
		blocks = append(blocks, poolBlock{vectors, k.isa.Width(), k.isa.Vec})
	}
	if k.isa == AVX512 {
		blocks = append(blocks, poolBlock{1, 8, Y})
	}
	k.Label("pixel")
	k.I(MOVQ, Arg(k.window), poolWindow)
	k.I(MOVQ, Arg(k.pixel), poolPixel)
	if k.bits {
		k.I(MOVQ, Arg("bits"), poolBits)
	}
	k.I(MOVQ, Arg("c"), poolChannels)
	for i, b := range blocks {
		channels := b.vectors * b.width
		head, next := fmt.Sprintf("channels%d", channels), "next"
		if i+1 < len(blocks) {
			next = fmt.Sprintf("channels%d", blocks[i+1].vectors*blocks[i+1].width)
		}
		k.Label(head)
		k.I(CMPQ, poolChannels, Imm(channels))
		k.I(JLT, Label(next))
		block(b)
		k.I(ADDQ, Imm(4*channels), poolWindow)
		k.I(ADDQ, Imm(4*channels), poolPixel)
		if k.bits {
			k.I(ADDQ, Imm(channels/8), poolBits)
		}
		k.I(SUBQ, Imm(channels), poolChannels)
		k.I(JMP, Label(head))
	}
	k.Label("next")
	steps := []string{k.window, k.pixel}
	if k.bits {
		steps = append(steps, "bits")
	}
	for _, p := range steps {
		k.I(MOVQ, Arg(p+"Step"), AX)
		k.I(ADDQ, AX, Arg(p))
	}
	k.I(DECQ, Arg("n"))
	k.I(JNE, Label("pixel"))
	k.Label("done")
	k.Return()
}

// walk emits a loop over the positions of the window: visit finds one at
// poolAt and, withBits, its bits at poolBitsAt. skipFirst leaves out the
// first position.
func (k *pool) walk(withBits, skipFirst bool, visit func()) {
	k.labels++
	label := func(s string) string { return fmt.Sprintf("%s%d", s, k.labels) }
	k.I(MOVQ, poolWindow, poolRow)
	if withBits {
		k.I(MOVQ, poolBits, poolBitsRow)
	}
	k.I(MOVQ, Arg("kh"), poolRows)
	if skipFirst {
		k.I(MOVQ, poolRow, poolAt)
		k.I(MOVQ, Arg("kw"), poolCols)
		k.I(JMP, Label(label("step")))
	}
	k.Label(label("row"))
	k.I(MOVQ, poolRow, poolAt)
	if withBits {
		k.I(MOVQ, poolBitsRow, poolBitsAt)
	}
	k.I(MOVQ, Arg("kw"), poolCols)
	k.Label(label("col"))
	visit()
	if skipFirst {
		k.Label(label("step"))
	}
	k.I(ADDQ, Arg(k.window+"Col"), poolAt)
	if withBits {
		k.I(ADDQ, Arg("bitsCol"), poolBitsAt)
	}
	k.I(DECQ, poolCols)
	k.I(JNE, Label(label("col")))
	k.I(ADDQ, Arg(k.window+"Row"), poolRow)
	if withBits {
		k.I(ADDQ, Arg("bitsRow"), poolBitsRow)
	}
	k.I(DECQ, poolRows)
	k.I(JNE, Label(label("row")))
}

// at is the memory of vector u of the block at a pointer.
func (b poolBlock) at(base GPR, u int) Mem { return At(base, 4*b.width*u) }
