package probe

import "math"

// Saliency is a map [H W] of how strongly the score of a class answers to each
// pixel of x: the largest absolute derivative among its channels (Simonyan,
// Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013, section 3.1).
func (n *Network) Saliency(x []float64, class int) (*Map, error) {
	grad, err := n.Gradient(x, class)
	if err != nil {
		return nil, err
	}
	s := n.graph.Input.Shape
	m := &Map{H: 1, W: s.Size()}
	c := 1
	if len(s) == 3 {
		m.H, m.W, c = s[0], s[1], s[2]
	}
	m.Values = make([]float64, m.H*m.W)
	for i, v := range grad {
		m.Values[i/c] = max(m.Values[i/c], math.Abs(v))
	}
	return m, nil
}
