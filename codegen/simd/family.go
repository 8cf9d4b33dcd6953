package simd

import "slices"

// Family is one row of Families: kernels that share a signature and differ in
// their Variant.
type Family struct {
	Name string

	// Params are the parameters of the assembly functions. Dispatching and
	// portable functions take the same after a first parameter "lanes int",
	// if the family has lanes.
	Params func(v Variant) []Param

	// Doc is the doc comment without the leading name: the scalar loop.
	Doc func(v Variant, lanes int) []string

	// Lanes are the lane counts there are assembly functions for, in falling
	// order; nil if none. {0} stands for a family without lanes.
	Lanes map[ISA][]int

	// Build makes the instructions. Params must be those of the row; Name,
	// ISA, Params and Doc of the result are filled in by Kernel.Program.
	Build func(v Variant, lanes int, isa ISA) (*Program, error)
}

// Has says whether the family has an assembly function for lanes and isa.
func (f *Family) Has(lanes int, isa ISA) bool { return slices.Contains(f.Lanes[isa], lanes) }

// HasLanes says whether the family's functions come per number of lanes.
func (f *Family) HasLanes() bool { return f.Lanes[AVX2][0] != 0 }

// noLanes is for families whose kernels work on whole buffers.
var noLanes = map[ISA][]int{AVX2: {0}, AVX512: {0}}

// panelLanes is for families that work on panels of 16 output channels: half a
// panel and one under AVX2, and two under AVX-512.
var panelLanes = map[ISA][]int{AVX2: {16, 8}, AVX512: {32, 16, 8}}

// wholeLanes is panelLanes without the half panel under AVX-512: AVX2 has it, where
// each vector of weights meets one of inputs.
var wholeLanes = map[ISA][]int{AVX2: {16, 8}, AVX512: {32, 16}}

// Families is the table of kernel families. A new one is a file and a row.
var Families = slices.Concat([]Family{
	{"igemm", igemmParams, igemmDoc, panelLanes, buildIgemm},
	{"narrow", narrowParams, narrowDoc, noLanes, buildNarrow},
	{"narrowRow", narrowRowParams, narrowRowDoc, noLanes, buildNarrowRow},
	{"narrowGrad", narrowGradParams, narrowGradDoc, noLanes, buildNarrowGrad},
	{"depthwise", igemmParams, depthwiseDoc, wholeLanes, buildDepthwise},
	{"depthwiseRow", depthwiseRowParams, depthwiseRowDoc, noLanes, buildDepthwiseRow},
	{"depthwiseRowGrad", depthwiseRowGradParams, depthwiseRowGradDoc, noLanes, buildDepthwiseRowGrad},
	{"wgrad", wgradParams, wgradDoc, panelLanes, buildWgrad},
	{"wgradBias", wgradParams, wgradDoc, panelLanes, buildWgrad},
	{"depthwiseGrad", wgradParams, depthwiseGradDoc, wholeLanes, buildWgrad},
	{"packPanel", packParams, packDoc, panelLanes, buildPack},
	{"colSum", packParams, packDoc, panelLanes, buildPack},
	{"maxpool", maxpoolParams, maxpoolDoc, noLanes, buildMaxpool},
	{"maxpoolGrad", maxpoolGradParams, maxpoolGradDoc, noLanes, buildMaxpoolGrad},
	{"avgpool", avgpoolParams, avgpoolDoc, noLanes, buildAvgpool},
	{"avgpoolGrad", avgpoolGradParams, avgpoolGradDoc, noLanes, buildAvgpoolGrad},
	{"gatherSum", gatherSumParams, gatherSumDoc, noLanes, buildGatherSum},
	{"transpose", transposeParams, transposeDoc, noLanes, buildTranspose},
	{"norm", normParams, normDoc, noLanes, buildNorm},
	{"moments", momentsParams, momentsDoc, noLanes, buildMoments},
	{"normSums", normSumsParams, normSumsDoc, noLanes, buildNormSums},
	{"normGrad", normGradParams, normGradDoc, noLanes, buildNormGrad},
	{"layernorm", layernormParams, layernormDoc, noLanes, buildLayernorm},
	{"layernormGrad", layernormGradParams, layernormGradDoc, noLanes, buildLayernormGrad},
	{"act", actParams, actDoc, noLanes, buildAct},
	{"actGrad", actGradParams, actGradDoc, noLanes, buildActGrad},
	{"softmax", softmaxParams, softmaxDoc, noLanes, buildSoftmax},
	{"softmaxBack", softmaxBackParams, softmaxBackDoc, noLanes, buildSoftmaxBack},
	{"add", addParams, addDoc, noLanes, buildAdd},
	{"axpy", axpyParams, axpyDoc, noLanes, buildAxpy},
	{"scale", axpyParams, scaleDoc, noLanes, buildScale},
	{"binary", binaryParams, binaryDoc, noLanes, buildBinary},
	{"select", selectParams, selectDoc, noLanes, buildSelect},
	{"reduce", reduceParams, reduceDoc, noLanes, buildReduce},
	{"reduceChannels", reduceChannelsParams, reduceChannelsDoc, noLanes, buildReduceChannels},
	{"affine", affineParams, affineDoc, noLanes, buildAffine},
	{"prelu", preluParams, preluDoc, noLanes, buildPrelu},
	{"preluGrad", preluGradParams, preluGradDoc, noLanes, buildPreluGrad},
	{"blend", blendParams, blendDoc, noLanes, buildBlend},
	{"blendGrad", blendGradParams, blendGradDoc, noLanes, buildBlendGrad},
	{"globalmaxpoolGrad", globalmaxpoolGradParams, globalmaxpoolGradDoc, noLanes, buildGlobalmaxpoolGrad},
	{"noise", noiseParams, noiseDoc, noLanes, buildNoise},
	{"dropout", dropoutParams, dropoutDoc, noLanes, buildDropout},
	{"winograd", winogradParams, winogradDoc, noLanes, buildWinograd},
	{"winogradPool", winogradPoolParams, winogradPoolDoc, noLanes, buildWinogradPool},
	{"penalty", penaltyParams, penaltyDoc, noLanes, buildPenalty},
	{"activityGrad", activityGradParams, activityGradDoc, noLanes, buildActivityGrad},
	{"fmaPeak", peakParams, peakDoc, noLanes, buildPeak},
}, optimizerFamilies())

// FamilyOf is the row of v's family.
func FamilyOf(v Variant) (*Family, bool) {
	for i := range Families {
		if Families[i].Name == v.Family {
			return &Families[i], true
		}
	}
	return nil, false
}
