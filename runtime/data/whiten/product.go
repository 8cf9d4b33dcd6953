package whiten

// lanes is the number of parts that sums are made in.
const lanes = 8

// A tile is what products takes at a time.
const (
	tileRows    = 2
	tileVectors = 4
)

// Multiple is what the number of vectors of Multiply is a multiple of.
const Multiple = tileVectors

// tile holds sums in parts: [r*tileVectors+v] is that of row r and vector v.
type tile = [tileRows * tileVectors][lanes]float32

// Multiply writes to y the products of the matrix [n][n] with vectors x [Multiple*k][n].
// Rows of the matrix, which is larger than caches are, are read once for all vectors.
// The bits are those of preprocess.Standard.Apply, on every machine. n is at least 2.
func Multiply(y, matrix, x []float32, n int) {
	whole := n &^ (lanes - 1)
	var sums tile
	for row := 0; row < n; row += tileRows {
		row := min(row, n-tileRows) // the last two again where the number is odd
		m := matrix[row*n:][:tileRows*n]
		for at := 0; at < len(x); at += tileVectors * n {
			v := x[at:][:tileVectors*n]
			products(&sums, m, v, whole, n)
			for r := range tileRows {
				for k := range tileVectors {
					y[at+k*n+row+r] = fold(&sums[r*tileVectors+k], m[r*n+whole:(r+1)*n], v[k*n+whole:(k+1)*n])
				}
			}
		}
	}
}

// fold adds the parts of a sum, and before that the products behind the last whole
// group of lanes.
func fold(s *[lanes]float32, a, b []float32) float32 {
	for i, v := range a {
		s[0] += float32(v * b[i])
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// productsGo adds up the products of the rows m with the vectors x, value i in part
// i%lanes. n is a multiple of lanes, stride the distance of rows and of vectors.
func productsGo(sums *tile, m, x []float32, n, stride int) {
	for r := range tileRows {
		for v := range tileVectors {
			var s0, s1, s2, s3, s4, s5, s6, s7 float32
			for i := 0; i < n; i += lanes {
				a, b := (*[lanes]float32)(m[r*stride+i:]), (*[lanes]float32)(x[v*stride+i:])
				s0 += float32(a[0] * b[0])
				s1 += float32(a[1] * b[1])
				s2 += float32(a[2] * b[2])
				s3 += float32(a[3] * b[3])
				s4 += float32(a[4] * b[4])
				s5 += float32(a[5] * b[5])
				s6 += float32(a[6] * b[6])
				s7 += float32(a[7] * b[7])
			}
			sums[r*tileVectors+v] = [lanes]float32{s0, s1, s2, s3, s4, s5, s6, s7}
		}
	}
}
