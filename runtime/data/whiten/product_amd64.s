//go:build !purego

#include "textflag.h"

// Products and sums are rounded one by one, as Go does: no fused multiply-adds. The
// arithmetic of subnormal numbers stays on, which costs time only where there are any.

// func productsAVX(sums *tile, m, x *float32, n, stride int)
// Requires: AVX
TEXT ·productsAVX(SB), NOSPLIT, $0-40
	MOVQ sums+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ x+16(FP), R8
	MOVQ n+24(FP), CX
	MOVQ stride+32(FP), DX
	LEAQ (SI)(DX*4), R9  // second row
	LEAQ (R8)(DX*4), R10 // second to fourth vector
	LEAQ (R10)(DX*4), R11
	LEAQ (R11)(DX*4), R12
	SHRQ $3, CX
	XORQ AX, AX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	PCALIGN $32

loop:
	VMOVUPS (SI)(AX*1), Y8
	VMOVUPS (R9)(AX*1), Y9
	VMOVUPS (R8)(AX*1), Y10
	VMOVUPS (R10)(AX*1), Y11
	VMULPS  Y10, Y8, Y12
	VMULPS  Y10, Y9, Y13
	VMULPS  Y11, Y8, Y14
	VMULPS  Y11, Y9, Y15
	VADDPS  Y12, Y0, Y0
	VADDPS  Y13, Y4, Y4
	VADDPS  Y14, Y1, Y1
	VADDPS  Y15, Y5, Y5
	VMOVUPS (R11)(AX*1), Y10
	VMOVUPS (R12)(AX*1), Y11
	VMULPS  Y10, Y8, Y12
	VMULPS  Y10, Y9, Y13
	VMULPS  Y11, Y8, Y14
	VMULPS  Y11, Y9, Y15
	VADDPS  Y12, Y2, Y2
	VADDPS  Y13, Y6, Y6
	VADDPS  Y14, Y3, Y3
	VADDPS  Y15, Y7, Y7
	ADDQ    $32, AX
	DECQ    CX
	JNE     loop

	VMOVUPS Y0, 0(DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	VMOVUPS Y4, 128(DI)
	VMOVUPS Y5, 160(DI)
	VMOVUPS Y6, 192(DI)
	VMOVUPS Y7, 224(DI)
	VZEROUPPER
	RET
