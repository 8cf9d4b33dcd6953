package support

import "unsafe"

// winogradWeights stands for the kernel of that name (codegen/simd), which the
// code of this package meets where it is copied to: G g Gt of n kernels, in the
// obvious way.
func winogradWeights(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	stubWeights([][3]float64{
		{256. / 225}, {-2048. / 2975, -1280. / 2975, -800. / 2975}, {-2048. / 2975, 1280. / 2975, -800. / 2975},
		{128. / 1071, 192. / 1071, 288. / 1071}, {128. / 1071, -192. / 1071, 288. / 1071}, {0, 0, 1},
	}, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradWeights2 is the same for F(2x2, 3x3).
func winogradWeights2(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	stubWeights([][3]float64{{1}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

func stubWeights(g [][3]float64, x, y *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	at := func(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }
	for o := range n {
		for cc := range c {
			for i := range g {
				for j := range g {
					sum := 0.0
					for k := range 3 {
						for l := range 3 {
							sum += g[i][k] * g[j][l] * float64(*at(x, o*xStep+k*xRow+l*xCol+cc))
						}
					}
					*at(y, o*yStep+i*yRow+j*yCol+cc) = float32(sum)
				}
			}
		}
	}
}

// transpose stands for the kernel of that name.
func transpose(x, y *float32, n, rows, xStep, yStep int) {
	for o := range n {
		for i := range rows {
			for j := range 16 {
				*element(y, o*yStep+16*j+i) = *element(x, o*xStep+16*i+j)
			}
		}
	}
}

// moments and normSums stand for the kernels of those names.
func moments(x, pivot, sum, squares *float32, n, c int) {
	for cc := range c {
		var s, q float64
		for o := range n {
			d := float64(*element(x, o*c+cc) - *element(pivot, cc))
			s += d
			q += d * d
		}
		*element(sum, cc), *element(squares, cc) = float32(s), float32(q)
	}
}

func normSums(dy, x, mean, sum, products *float32, n, c int) {
	for cc := range c {
		var s, q float64
		for o := range n {
			g := float64(*element(dy, o*c+cc))
			s += g
			q += g * float64(*element(x, o*c+cc)-*element(mean, cc))
		}
		*element(sum, cc), *element(products, cc) = float32(s), float32(q)
	}
}

func element(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }
