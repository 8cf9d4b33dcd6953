package portable

// Winograd's F(2x2, 3x3): what winogradInputGo and the others do for tiles of 4x4
// outputs, for tiles of 2x2 in 16 planes.

// winogradInput2Go transforms n tiles of 4x4 pixels to 16 planes, Bt d B.
func winogradInput2Go(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradBt2, 4, 4, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradWeights2Go transforms n kernels of 3x3 taps to 16 planes, G g Gt.
func winogradWeights2Go(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradG2, 3, 4, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradGradient2Go transforms n tiles of 2x2 output gradients to 16 planes,
// A dy At.
func winogradGradient2Go(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradA2, 2, 4, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradGradient2BiasGo is winogradGradient2Go and adds the 4 gradients of each
// tile to db[cc].
func winogradGradient2BiasGo(x, y, tmp, db *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradGradient2Go(x, y, tmp, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
	winogradSum(2, x, db, n, c, xRow, xCol, xStep)
}

// winogradDelta2Go transforms n sums of 16 planes back to gradients of 3x3 taps,
// Gt u G, and adds these to y.
func winogradDelta2Go(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradGt2, 4, 3, true, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradOutput2Go transforms 16 planes to n tiles of 2x2 pixels, of which rows x
// cols are stored, as winogradOutputGo.
func winogradOutput2Go(flags int, x, bias, add, mask, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols int) {
	winogradOutputs(winogradAt2, 4, 2, flags, x, bias, add, mask, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols)
}

func winogradBt2(d [6]float32) [6]float32 {
	return [6]float32{d[0] - d[2], d[2] + d[1], d[2] - d[1], d[3] - d[1]}
}

func winogradAt2(m [6]float32) [6]float32 {
	return [6]float32{m[0] + m[1] + m[2], m[1] - m[2] + m[3]}
}

func winogradG2(g [6]float32) [6]float32 {
	e, o := (g[0]+g[2])/2, g[1]/2
	return [6]float32{g[0], e + o, e - o, g[2]}
}

func winogradA2(y [6]float32) [6]float32 {
	return [6]float32{y[0], y[0] + y[1], y[0] - y[1], y[1]}
}

func winogradGt2(u [6]float32) [6]float32 {
	e, o := (u[1]+u[2])/2, (u[1]-u[2])/2
	return [6]float32{u[0] + e, o, e + u[3]}
}
