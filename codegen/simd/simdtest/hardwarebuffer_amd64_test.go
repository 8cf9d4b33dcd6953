package simdtest

import (
	"reflect"
	"strings"

	"github.com/cnnc/cnnc/codegen/simd"
)

// assembled is the function of a kernel of a family without lanes.
func assembled(k simd.Kernel) any {
	switch k.Variant.Family {
	case "maxpool":
		return maxpoolAsm[k]
	case "narrowRow":
		return narrowRowAsm[k]
	case "narrowGrad":
		return narrowGradAsm[k]
	case "depthwiseRow":
		return depthwiseRowAsm[k]
	case "depthwiseRowGrad":
		return depthwiseRowGradAsm[k]
	case "maxpoolGrad":
		return maxpoolGradAsm[k]
	case "avgpool":
		return avgpoolAsm[k]
	case "gatherSum":
		return gatherSumAsm[k]
	case "transpose":
		return transposeAsm[k]
	case "avgpoolGrad":
		return avgpoolGradAsm[k]
	case "norm":
		if k.Variant.Add {
			return normAsm2[k]
		}
		return normAsm[k]
	case "layernorm":
		return layernormAsm[k]
	case "layernormGrad":
		return layernormGradAsm[k]
	case "moments":
		return momentsAsm[k]
	case "normSums":
		return normSumsAsm[k]
	case "normGrad":
		return normGradAsm[k]
	case "act":
		return among(k, actAsm, actAsm2, actAsm3, actAsm4)
	case "actGrad":
		return among(k, actGradAsm, actGradAsm2, actGradAsm3, actGradAsm4)
	case "softmax":
		return among(k, softmaxAsm, softmaxAsm2)
	case "softmaxBack":
		return softmaxBackAsm[k]
	case "add":
		return addAsm[k]
	case "axpy":
		return axpyAsm[k]
	case "scale":
		return scaleAsm[k]
	case "dropout":
		if k.Variant.Func == "words" {
			return dropoutAsm2[k]
		}
		return dropoutAsm[k]
	case "binary":
		return binaryAsm[k]
	case "select":
		return selectAsm[k]
	case "reduce":
		return reduceAsm[k]
	case "reduceChannels":
		if k.Variant.Func == "product" {
			return reduceChannelsAsm2[k]
		}
		return reduceChannelsAsm[k]
	case "affine":
		if k.Variant.Func == "channels" {
			return affineAsm2[k]
		}
		return affineAsm[k]
	case "prelu":
		return preluAsm[k]
	case "preluGrad":
		return preluGradAsm[k]
	case "blend":
		return blendAsm[k]
	case "blendGrad":
		return blendGradAsm[k]
	case "globalmaxpoolGrad":
		return globalmaxpoolGradAsm[k]
	case "noise":
		return noiseAsm[k]
	case "sgd":
		return sgdAsm[k]
	case "momentum":
		return momentumAsm[k]
	case "nesterov":
		return nesterovAsm[k]
	case "adam":
		return adamAsm[k]
	case "amsgrad":
		return amsgradAsm[k]
	case "rmsprop":
		return rmspropAsm[k]
	case "rmspropMomentum":
		return rmspropMomentumAsm[k]
	case "rmspropCentered":
		return rmspropCenteredAsm[k]
	case "rmspropCenteredMomentum":
		return rmspropCenteredMomentumAsm[k]
	case "adagrad":
		return adagradAsm[k]
	case "adadelta":
		return adadeltaAsm[k]
	case "adamax":
		return adamaxAsm[k]
	case "nadam":
		return nadamAsm[k]
	case "ftrl":
		return ftrlAsm[k]
	case "ftrlPower":
		return ftrlPowerAsm[k]
	case "lion":
		return lionAsm[k]
	case "lamb":
		return lambAsm[k]
	case "winograd":
		switch {
		case strings.HasPrefix(k.Variant.Func, "output"):
			return winogradAsm3[k]
		case k.Variant.Bias:
			return winogradAsm2[k]
		}
		return winogradAsm[k]
	case "winogradPool":
		return winogradPoolAsm[k]
	case "penalty":
		return penaltyAsm[k]
	case "activityGrad":
		return activityGradAsm[k]
	}
	return nil
}

// among is the function of a kernel in tables of several signatures.
func among(k simd.Kernel, tables ...any) any {
	for _, t := range tables {
		if f := reflect.ValueOf(t).MapIndex(reflect.ValueOf(k)); f.IsValid() {
			return f.Interface()
		}
	}
	return nil
}

// callHardware calls the assembled kernel, if this machine can.
func callHardware(k simd.Kernel, args []reflect.Value) bool {
	if !supported(k.ISA) {
		return false
	}
	reflect.ValueOf(assembled(k)).Call(args)
	return true
}
