package support

// diceSums returns the overlap of scores and target, and the sum of both.
func diceSums(x, t []float32) (both, sum float64) {
	sum = probabilityFloor
	for j, v := range x {
		both += float64(v) * float64(t[j])
		sum += float64(v) + float64(t[j])
	}
	return both, sum
}

// diceLoss is 1 minus the Dice coefficient of an example.
func diceLoss(loss []float64, targets, x []float32, outputs, stride int) {
	for i := range loss {
		both, sum := diceSums(x[i*stride:][:outputs], targets[i*outputs:])
		loss[i] = 1 - 2*both/sum
	}
}

func diceGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	for i := range n {
		t, d := targets[i*outputs:][:outputs], dx[i*stride:][:outputs]
		both, sum := diceSums(x[i*stride:][:outputs], t)
		for j := range d {
			d[j] = float32(2*(both/sum-float64(t[j]))/sum) * scale
		}
	}
}

// tverskySums returns the true positives, and what they are divided by.
func tverskySums(x, t []float32, alpha, beta float64) (tp, sum float64) {
	sum = probabilityFloor
	for j, v := range x {
		p, y := float64(v), float64(t[j])
		tp += p * y
		sum += p*y + alpha*p*(1-y) + beta*(1-p)*y
	}
	return tp, sum
}

// tverskyLoss is 1 minus the Tversky index of an example.
func tverskyLoss(loss []float64, targets, x []float32, outputs, stride int, alpha, beta float64) {
	for i := range loss {
		tp, sum := tverskySums(x[i*stride:][:outputs], targets[i*outputs:], alpha, beta)
		loss[i] = 1 - tp/sum
	}
}

func tverskyGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, alpha, beta float64) {
	for i := range n {
		t, d := targets[i*outputs:][:outputs], dx[i*stride:][:outputs]
		tp, sum := tverskySums(x[i*stride:][:outputs], t, alpha, beta)
		for j := range d {
			y := float64(t[j])
			d[j] = float32((tp/sum*(y+alpha*(1-y)-beta*y)-y)/sum) * scale
		}
	}
}
