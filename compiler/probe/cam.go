package probe

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Map is an image of one channel, row by row.
type Map struct {
	H, W   int
	Values []float64
}

// CAM is the class activation map of a class at a layer, whose result must be an
// image [H W C]: relu of the sum over the channels of activation times weight, the
// weight of a channel being the mean over its pixels of the derivative of the
// class's score (Selvaraju et al., "Grad-CAM", 2017, equations 1 and 2).
//
// Where a globalavgpool and one dense layer follow, that weight is the dense
// layer's divided by H*W, and the map the one of Zhou et al., "Learning Deep
// Features for Discriminative Localization", 2016, up to that factor and the relu.
//
// An empty layer stands for the last convolution whose result has more than one
// pixel, with the normalization, shortcut and activation behind it.
func (n *Network) CAM(x []float64, class int, layer string) (m *Map, at string, err error) {
	v, err := n.camLayer(layer)
	if err != nil {
		return nil, "", err
	}
	activation, grad, err := n.gradient(x, class, v, v)
	if err != nil {
		return nil, "", err
	}
	h, w, c := v.Shape[0], v.Shape[1], v.Shape[2]
	m = &Map{H: h, W: w, Values: make([]float64, h*w)}
	weights := make([]float64, c)
	for i, d := range grad {
		weights[i%c] += d / float64(h*w)
	}
	for i, a := range activation {
		m.Values[i/c] += weights[i%c] * a
	}
	for i, s := range m.Values {
		m.Values[i] = max(s, 0)
	}
	return m, v.Layer, nil
}

// camLayer finds the value that CAM looks at.
func (n *Network) camLayer(layer string) (*ir.Value, error) {
	if layer != "" {
		v := n.Layer(layer)
		switch {
		case v == nil:
			return nil, fmt.Errorf("the network has no layer %s in inference", layer)
		case len(v.Shape) != 3:
			return nil, fmt.Errorf("the result of %s is no image but %s", layer, v.Shape)
		case v.Shape[0]*v.Shape[1] == 1:
			return nil, fmt.Errorf("the result of %s is one pixel: nothing to see in it", layer)
		}
		return v, nil
	}
	for i := len(n.graph.Values) - 1; i >= 0; i-- {
		v := n.graph.Values[i]
		if v.Op == "conv2d" || v.Op == "deconv2d" {
			if v.Shape[0]*v.Shape[1] > 1 {
				return n.activated(v), nil
			}
		}
	}
	return nil, fmt.Errorf("the network has no convolution whose result has more than one pixel")
}

// elementwise are the operations that belong to the convolution in front of them:
// with the addition of a shortcut, the end of a residual block.
var elementwise = []string{"bias", "act", "batchnorm", "affine", "prelu", "layernorm", "groupnorm", "activity", "add"}

// activated follows a convolution through what is applied to each of its results.
func (n *Network) activated(v *ir.Value) *ir.Value {
	users := n.graph.Users()
	for {
		next := users[v.ID]
		if len(next) != 1 || !slices.Contains(elementwise, next[0].Op) || !next[0].Shape.Equal(v.Shape) {
			return v
		}
		v = next[0]
	}
}

// Resize is the map at another size, bilinear between the centres of pixels; at the
// rim the nearest ones go on.
func (m *Map) Resize(h, w int) *Map {
	r := &Map{H: h, W: w, Values: make([]float64, h*w)}
	for y := range h {
		y0, y1, ty := between(y, h, m.H)
		for x := range w {
			x0, x1, tx := between(x, w, m.W)
			top := (1-tx)*m.Values[y0*m.W+x0] + tx*m.Values[y0*m.W+x1]
			low := (1-tx)*m.Values[y1*m.W+x0] + tx*m.Values[y1*m.W+x1]
			r.Values[y*w+x] = (1-ty)*top + ty*low
		}
	}
	return r
}

// between says which two of n pixels the centre of pixel i of size lies between,
// and how far it is from the first to the second.
func between(i, size, n int) (first, second int, t float64) {
	at := (float64(i)+0.5)*float64(n)/float64(size) - 0.5
	at = min(max(at, 0), float64(n-1))
	first = min(int(at), n-1)
	return first, min(first+1, n-1), at - float64(first)
}

// Max is the largest value, at least 0.
func (m *Map) Max() float64 { return max(slices.Max(m.Values), 0) }

// Scaled is the map divided by its largest value, so that it runs from 0 to 1; a
// map without values above 0 stays as it is.
func (m *Map) Scaled() *Map {
	r := &Map{H: m.H, W: m.W, Values: slices.Clone(m.Values)}
	if high := m.Max(); high > 0 {
		for i := range r.Values {
			r.Values[i] = max(r.Values[i]/high, 0)
		}
	}
	return r
}
