package simd

// Op is an instruction. Its row in opTable says how it is spelled, what
// operands it takes, which of them it reads and writes, what it needs, and
// what it does (the simulator's function). A new instruction is one constant
// and one row.
type Op uint16

// The instructions kernels use, by group.
const (
	opInvalid Op = iota
	opLabel
	opComment
	opAlign
	opReturn

	// General purpose.
	MOVQ
	MOVL
	MOVW
	MOVB
	MOVLQSX
	LEAQ
	ADDQ
	SUBQ
	IMULQ
	SHLQ
	SHRQ
	ANDQ
	XORQ
	XORL
	INCQ
	DECQ
	CMPQ
	CMPL
	TESTQ
	JMP
	JEQ
	JNE
	JLT
	JLE
	JGT
	JGE

	// Moves.
	VMOVUPS
	VMOVSS
	VMOVSD
	VMOVDQU32
	VMOVD
	VMOVQ
	VBROADCASTSS
	VBROADCASTSD
	VPBROADCASTD
	VPBROADCASTQ
	VPBROADCASTB
	VBROADCASTF32X4
	KMOVW
	KMOVB
	KXORW
	VMASKMOVPS

	// float32 arithmetic.
	VADDPS
	VSUBPS
	VMULPS
	VDIVPS
	VMAXPS
	VMINPS
	VSQRTPS
	VFMADD213PS
	VFMADD231PS
	VFNMADD213PS
	VFNMADD231PS
	VFMSUB213PS
	VFMSUB231PS
	VROUNDPS
	VRNDSCALEPS
	VCMPPS
	VBLENDVPS
	VBLENDMPS
	VSCALEFPS

	// float64 arithmetic.
	VADDPD
	VFMADD231PD
	VADDSD

	// Conversions.
	VCVTPS2DQ
	VCVTDQ2PS
	VCVTPS2PD

	// Bits and integers.
	VANDPS
	VANDNPS
	VORPS
	VXORPS
	VPAND
	VPXOR
	VPXORD
	VPADDD
	VPSUBD
	VPMULUDQ
	VPSLLD
	VPSRAD
	VPSLLQ
	VPSRLQ
	VPMAXUD
	VPCMPEQD
	VPCMPGTD
	VPCMPUD
	VMOVMSKPS

	// Permutations.
	VPSHUFD
	VSHUFPS
	VUNPCKLPS
	VUNPCKHPS
	VUNPCKLPD
	VUNPCKHPD
	VPBLENDD
	VEXTRACTF128
	VEXTRACTF64X4
	VPERMPS
	VPERMT2PS

	opCount
)

// operand kinds and accesses of an operand rule.
const (
	isGPR = 1 << iota
	isImm
	isMem
	isVec
	isKReg
	isLabel
	reads
	writes
)

const (
	rG    = isGPR | reads
	rGM   = isGPR | isMem | reads
	rGMI  = isGPR | isMem | isImm | reads
	wG    = isGPR | writes
	wGM   = isGPR | isMem | writes
	rwG   = isGPR | reads | writes
	rwGM  = isGPR | isMem | reads | writes
	rGI   = isGPR | isImm | reads
	rM    = isMem | reads
	rV    = isVec | reads
	rVM   = isVec | isMem | reads
	rVGM  = isVec | isGPR | isMem | reads
	wV    = isVec | writes
	wVM   = isVec | isMem | writes
	wVGM  = isVec | isGPR | isMem | writes
	rwV   = isVec | reads | writes
	rK    = isKReg | reads
	wK    = isKReg | writes
	rKGM  = isKReg | isGPR | isMem | reads
	wKGM  = isKReg | isGPR | isMem | writes
	wVK   = isVec | isKReg | writes
	imm   = isImm | reads
	label = isLabel | reads
)

// opFlag says what the operand rules do not.
type opFlag uint16

const (
	setsFlags   opFlag = 1 << iota
	spoilsFlags        // leaves them undefined
	usesFlags
	evexOnly // exists in EVEX encoding only, whatever the registers
	vexOnly  // has no EVEX encoding: at most 256 bits and registers below 16
	evexMem  // may take a write mask and a broadcast memory operand under AVX-512
	selfZero // with two equal sources the result does not depend on them
	address  // LEAQ: the memory operand is an address, not an access
	elem64   // elements of 64 bits for masks and broadcasts
)

// opRow is one row of opTable.
type opRow struct {
	name  string
	isa   ISA   // the first that has it
	args  []int // one rule per operand, in assembly order
	mem   int   // bytes of the memory operand; 0 means as wide as the vector
	flags opFlag
	sim   func(*Machine, *Inst)
}

var (
	args0   = []int{}
	move    = []int{rGMI, wGM}
	alu     = []int{rGMI, rwGM}
	shift   = []int{imm, rwGM}
	one     = []int{rwGM}
	branch  = []int{label}
	vec1    = []int{rVM, wV}
	vec2    = []int{rVM, rV, wV}
	vec3    = []int{rVM, rV, rwV}
	immVec1 = []int{imm, rVM, wV}
	immVec2 = []int{imm, rVM, rV, wV}
)

// opTable has the instructions' rows, indexed by Op.
var opTable = [opCount]opRow{
	opLabel:   {name: "label", args: branch, sim: simNothing},
	opComment: {name: "comment", args: args0, sim: simNothing},
	opAlign:   {name: "PCALIGN", args: []int{imm}, sim: simNothing},
	opReturn:  {name: "VZEROUPPER; RET", isa: AVX2, args: args0, sim: simReturn},

	MOVQ:    {"MOVQ", Go, move, 8, 0, simMove(8)},
	MOVL:    {"MOVL", Go, move, 4, 0, simMove(4)},
	MOVW:    {"MOVW", Go, []int{rG, isMem | writes}, 2, 0, simMove(2)},
	MOVB:    {"MOVB", Go, []int{rG, isMem | writes}, 1, 0, simMove(1)},
	MOVLQSX: {"MOVLQSX", Go, []int{rGM, wG}, 4, 0, simSignExtend},
	LEAQ:    {"LEAQ", Go, []int{rM, wG}, 8, address, simLea},

	ADDQ:  {"ADDQ", Go, alu, 8, setsFlags, simAdd},
	SUBQ:  {"SUBQ", Go, alu, 8, setsFlags | selfZero, simSub},
	IMULQ: {"IMULQ", Go, []int{rGM, rwG}, 8, spoilsFlags, simMul},
	SHLQ:  {"SHLQ", Go, shift, 8, setsFlags, simShift(func(a uint64, n uint) uint64 { return a << n })},
	SHRQ:  {"SHRQ", Go, shift, 8, setsFlags, simShift(func(a uint64, n uint) uint64 { return a >> n })},
	ANDQ:  {"ANDQ", Go, alu, 8, setsFlags, simLogic(8, func(a, b uint64) uint64 { return a & b })},
	XORQ:  {"XORQ", Go, alu, 8, setsFlags | selfZero, simLogic(8, func(a, b uint64) uint64 { return a ^ b })},
	XORL:  {"XORL", Go, alu, 4, setsFlags | selfZero, simLogic(4, func(a, b uint64) uint64 { return a ^ b })},
	INCQ:  {"INCQ", Go, one, 8, setsFlags, simIncDec(1)},
	DECQ:  {"DECQ", Go, one, 8, setsFlags, simIncDec(-1)},
	CMPQ:  {"CMPQ", Go, []int{rGM, rGMI}, 8, setsFlags, simCmp(8)},
	CMPL:  {"CMPL", Go, []int{rGM, rGMI}, 4, setsFlags, simCmp(4)},
	TESTQ: {"TESTQ", Go, []int{rGI, rGM}, 8, setsFlags, simTest},

	JMP: {"JMP", Go, branch, 0, 0, simJump(func(f flagBits) bool { return true })},
	JEQ: {"JEQ", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return f.zero })},
	JNE: {"JNE", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return !f.zero })},
	JLT: {"JLT", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return f.sign != f.overflow })},
	JGE: {"JGE", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return f.sign == f.overflow })},
	JLE: {"JLE", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return f.zero || f.sign != f.overflow })},
	JGT: {"JGT", Go, branch, 0, usesFlags, simJump(func(f flagBits) bool { return !f.zero && f.sign == f.overflow })},

	VMOVUPS:         {"VMOVUPS", AVX2, []int{rVM, wVM}, 0, evexMem, simMoveVec},
	VMOVDQU32:       {"VMOVDQU32", AVX512, []int{rVM, wVM}, 0, evexOnly | evexMem, simMoveVec},
	VMOVSS:          {"VMOVSS", AVX2, []int{rVM, wVM}, 4, 0, simMoveScalar(1)},
	VMOVSD:          {"VMOVSD", AVX2, []int{rVM, wVM}, 8, 0, simMoveScalar(2)},
	VMOVD:           {"VMOVD", AVX2, []int{rVGM, wVGM}, 4, 0, simMoveCross(4)},
	VMOVQ:           {"VMOVQ", AVX2, []int{rVGM, wVGM}, 8, 0, simMoveCross(8)},
	VBROADCASTSS:    {"VBROADCASTSS", AVX2, vec1, 4, 0, simBroadcast(1)},
	VBROADCASTSD:    {"VBROADCASTSD", AVX2, vec1, 8, 0, simBroadcast(2)},
	VPBROADCASTD:    {"VPBROADCASTD", AVX2, vec1, 4, 0, simBroadcast(1)},
	VPBROADCASTQ:    {"VPBROADCASTQ", AVX2, vec1, 8, 0, simBroadcast(2)},
	VPBROADCASTB:    {"VPBROADCASTB", AVX2, vec1, 1, 0, simBroadcastByte},
	VBROADCASTF32X4: {"VBROADCASTF32X4", AVX512, []int{rM, wV}, 16, evexOnly | evexMem, simBroadcastGroup(4)},
	KMOVW:           {"KMOVW", AVX512, []int{rKGM, wKGM}, 2, evexOnly, simMoveMask(2)},
	KMOVB:           {"KMOVB", AVX512, []int{rKGM, wKGM}, 1, evexOnly, simMoveMask(1)},
	KXORW:           {"KXORW", AVX512, []int{rK, rK, wK}, 0, evexOnly, simMaskXor},
	VMASKMOVPS:      {"VMASKMOVPS", AVX2, []int{rVM, rV, wVM}, 0, vexOnly, simMaskMove},

	VADDPS:       {"VADDPS", AVX2, vec2, 0, evexMem, float2(func(a, b float32) float32 { return a + b })},
	VSUBPS:       {"VSUBPS", AVX2, vec2, 0, evexMem, float2(func(a, b float32) float32 { return a - b })},
	VMULPS:       {"VMULPS", AVX2, vec2, 0, evexMem, float2(func(a, b float32) float32 { return a * b })},
	VDIVPS:       {"VDIVPS", AVX2, vec2, 0, evexMem, float2(func(a, b float32) float32 { return a / b })},
	VMAXPS:       {"VMAXPS", AVX2, vec2, 0, evexMem, float2(max32)},
	VMINPS:       {"VMINPS", AVX2, vec2, 0, evexMem, float2(min32)},
	VSQRTPS:      {"VSQRTPS", AVX2, vec1, 0, evexMem, float1(sqrt32)},
	VFMADD213PS:  {"VFMADD213PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(s1, d, s2) })},
	VFMADD231PS:  {"VFMADD231PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(s1, s2, d) })},
	VFNMADD213PS: {"VFNMADD213PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(-s1, d, s2) })},
	VFNMADD231PS: {"VFNMADD231PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(-s1, s2, d) })},
	VFMSUB213PS:  {"VFMSUB213PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(s1, d, -s2) })},
	VFMSUB231PS:  {"VFMSUB231PS", AVX2, vec3, 0, evexMem, float3(func(d, s1, s2 float32) float32 { return fma32(s1, s2, -d) })},
	VROUNDPS:     {"VROUNDPS", AVX2, immVec1, 0, vexOnly, simRound},
	VRNDSCALEPS:  {"VRNDSCALEPS", AVX512, immVec1, 0, evexOnly | evexMem, simRound},
	VCMPPS:       {"VCMPPS", AVX2, []int{imm, rVM, rV, wVK}, 0, evexMem, simCompareFloat},
	VBLENDVPS:    {"VBLENDVPS", AVX2, []int{rV, rVM, rV, wV}, 0, vexOnly, simBlendSign},
	VBLENDMPS:    {"VBLENDMPS", AVX512, vec2, 0, evexOnly | evexMem, simBlendMask},
	VSCALEFPS:    {"VSCALEFPS", AVX512, vec2, 0, evexOnly | evexMem, float2(scalef32)},

	VADDPD:      {"VADDPD", AVX2, vec2, 0, evexMem | elem64, double2(func(a, b float64) float64 { return a + b })},
	VFMADD231PD: {"VFMADD231PD", AVX2, vec3, 0, evexMem | elem64, simDoubleFMA},
	VADDSD:      {"VADDSD", AVX2, vec2, 8, elem64, simScalarAddDouble},

	VCVTPS2DQ: {"VCVTPS2DQ", AVX2, vec1, 0, evexMem, word1(toInt32)},
	VCVTDQ2PS: {"VCVTDQ2PS", AVX2, vec1, 0, evexMem, word1(func(a uint32) uint32 { return bits32(float32(int32(a))) })},
	VCVTPS2PD: {"VCVTPS2PD", AVX2, vec1, -2, 0, simWiden},

	VANDPS:   {"VANDPS", AVX2, vec2, 0, evexMem, word2(func(a, b uint32) uint32 { return a & b })},
	VANDNPS:  {"VANDNPS", AVX2, vec2, 0, evexMem, word2(func(a, b uint32) uint32 { return ^a & b })},
	VORPS:    {"VORPS", AVX2, vec2, 0, evexMem, word2(func(a, b uint32) uint32 { return a | b })},
	VXORPS:   {"VXORPS", AVX2, vec2, 0, evexMem | selfZero, word2(func(a, b uint32) uint32 { return a ^ b })},
	VPAND:    {"VPAND", AVX2, vec2, 0, vexOnly, word2(func(a, b uint32) uint32 { return a & b })},
	VPXOR:    {"VPXOR", AVX2, vec2, 0, vexOnly | selfZero, word2(func(a, b uint32) uint32 { return a ^ b })},
	VPXORD:   {"VPXORD", AVX512, vec2, 0, evexOnly | evexMem | selfZero, word2(func(a, b uint32) uint32 { return a ^ b })},
	VPADDD:   {"VPADDD", AVX2, vec2, 0, evexMem, word2(func(a, b uint32) uint32 { return a + b })},
	VPSUBD:   {"VPSUBD", AVX2, vec2, 0, evexMem | selfZero, word2(func(a, b uint32) uint32 { return a - b })},
	VPMULUDQ: {"VPMULUDQ", AVX2, vec2, 0, evexMem | elem64, quad2(func(a, b uint64) uint64 { return uint64(uint32(a)) * uint64(uint32(b)) })},
	VPSLLD:   {"VPSLLD", AVX2, []int{imm, rV, wV}, 0, 0, wordShift(func(a uint32, n uint) uint32 { return a << n })},
	VPSRAD:   {"VPSRAD", AVX2, []int{imm, rV, wV}, 0, 0, wordShift(func(a uint32, n uint) uint32 { return uint32(int32(a) >> n) })},
	VPSLLQ:   {"VPSLLQ", AVX2, []int{imm, rV, wV}, 0, elem64, quadShift(func(a uint64, n uint) uint64 { return a << n })},
	VPSRLQ:   {"VPSRLQ", AVX2, []int{imm, rV, wV}, 0, elem64, quadShift(func(a uint64, n uint) uint64 { return a >> n })},
	VPMAXUD:  {"VPMAXUD", AVX2, vec2, 0, evexMem, word2(func(a, b uint32) uint32 { return max(a, b) })},
	VPCMPEQD: {"VPCMPEQD", AVX2, []int{rVM, rV, wVK}, 0, evexMem | selfZero, simCompareInt(func(a, b uint32) bool { return a == b })},
	VPCMPGTD: {"VPCMPGTD", AVX2, []int{rVM, rV, wVK}, 0, evexMem | selfZero, simCompareInt(func(a, b uint32) bool { return int32(a) > int32(b) })},
	VPCMPUD:  {"VPCMPUD", AVX512, []int{imm, rVM, rV, wK}, 0, evexOnly | evexMem, simCompareUint},

	VMOVMSKPS: {"VMOVMSKPS", AVX2, []int{rV, wG}, 0, vexOnly, simSignMask},

	VPSHUFD:       {"VPSHUFD", AVX2, immVec1, 0, evexMem, simShuffle},
	VSHUFPS:       {"VSHUFPS", AVX2, immVec2, 0, evexMem, simShuffleFloats},
	VUNPCKLPS:     {"VUNPCKLPS", AVX2, vec2, 0, evexMem, simUnpack(0)},
	VUNPCKHPS:     {"VUNPCKHPS", AVX2, vec2, 0, evexMem, simUnpack(2)},
	VUNPCKLPD:     {"VUNPCKLPD", AVX2, vec2, 0, evexMem | elem64, simUnpackPairs(0)},
	VUNPCKHPD:     {"VUNPCKHPD", AVX2, vec2, 0, evexMem | elem64, simUnpackPairs(2)},
	VPBLENDD:      {"VPBLENDD", AVX2, immVec2, 0, vexOnly, simBlendImm},
	VEXTRACTF128:  {"VEXTRACTF128", AVX2, []int{imm, rV, wVM}, 16, vexOnly, simExtract(4)},
	VEXTRACTF64X4: {"VEXTRACTF64X4", AVX512, []int{imm, rV, wVM}, 32, evexOnly, simExtract(8)},
	VPERMPS:       {"VPERMPS", AVX2, vec2, 0, evexMem, simPermute},
	VPERMT2PS:     {"VPERMT2PS", AVX512, vec3, 0, evexOnly | evexMem, simPermuteTwo},
}

// String is the mnemonic.
func (op Op) String() string {
	if op < opCount && opTable[op].name != "" {
		return opTable[op].name
	}
	return "invalid"
}

// Ops lists all instructions, in the order of their constants.
func Ops() []Op {
	var out []Op
	for op := opLabel; op < opCount; op++ {
		out = append(out, op)
	}
	return out
}
