package rng

import "math"

// WordNormal is the standard normal number that a random word stands for: the
// quantile of its upper 24 bits, so that a float32 holds the probability, less
// half a step. It is symmetric and within 5.42 standard deviations.
func WordNormal(word uint32) float64 {
	return Quantile((float64(word>>8) + 0.5) * 0x1p-24)
}

// NormalDropout is the standard deviation of the factors of gaussian dropout:
// sqrt(rate/(1-rate)). A rate of 1 or more is taken for the largest below 1.
func NormalDropout(rate float32) float32 {
	if !(rate > 0) {
		return 0
	}
	r := min(float64(rate), 1-0x1p-24)
	return float32(math.Sqrt(r / (1 - r)))
}

// AlphaDropout is what alpha dropout sets dropped elements to, low, and the
// correction a*x + b behind it that keeps mean 0 and variance 1 (spec: layers,
// AlphaDropout).
func AlphaDropout(rate float64) (low, a, b float64) {
	const alpha, scale = 1.6732632423543772, 1.0507009873554805
	low = -alpha * scale
	if !(rate > 0) {
		return low, 1, 0
	}
	rate = min(rate, 1-0x1p-24)
	a = 1 / math.Sqrt((1-rate)*(1+rate*low*low))
	return low, a, -a * low * rate
}
