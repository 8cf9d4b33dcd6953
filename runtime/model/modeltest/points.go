package modeltest

import "github.com/cnnc/cnnc/runtime/rng"

// Points makes n labelled examples of size floats each: a noisy cloud for each
// of the classes. seed chooses the clouds and the noise.
func Points(n, size, classes int, seed uint64) (x []float32, labels []int32) {
	centre := make([]float32, classes*size)
	r := rng.New(rng.Hash(seed, 1))
	for i := range centre {
		centre[i] = float32(r.Normal())
	}
	x = make([]float32, n*size)
	labels = make([]int32, n)
	for i := range labels {
		labels[i] = int32(i % classes)
		for k := range size {
			x[i*size+k] = centre[int(labels[i])*size+k] + 0.8*float32(r.Normal())
		}
	}
	return x, labels
}
