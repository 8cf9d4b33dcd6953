package portable

// fmaPeakGo does n times 48 independent multiply-additions, to measure the peak rate
// of scalar code: the yardstick of the other kernels of this package.
func fmaPeakGo(n int) {
	const m, c = 0.5, 0.25
	var a0, a1, a2, a3, a4, a5, a6, a7 float32
	for range 6 * n {
		a0 = a0*m + c
		a1 = a1*m + c
		a2 = a2*m + c
		a3 = a3*m + c
		a4 = a4*m + c
		a5 = a5*m + c
		a6 = a6*m + c
		a7 = a7*m + c
	}
	peakSink(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7)
}

// peakSink keeps the compiler from dropping what fmaPeakGo computes.
//
//go:noinline
func peakSink(float32) {}
