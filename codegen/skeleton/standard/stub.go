package standard

import "github.com/cnnc/cnnc/runtime/preprocess"

// What codegen declares for a network; here, for one that gives back its input of
// two pixels, whose values are halved and standardized in every way.
const (
	Height    = 1
	Width     = 2
	Channels  = 1
	Outputs   = 2
	modelName = "sample"
)

var (
	picture      = preprocess.Spec{Height: Height, Width: Width, Channels: Channels, Scale: 0.5}
	standardized = preprocess.Standard{Image: "center", Channels: "scale", Whiten: true}
)

// Net is what skeleton/net.go declares.
type Net struct {
	scores [Outputs]float32
	example
}

// Predict gives back the input.
func (net *Net) Predict(x *[Height * Width * Channels]float32) *[Outputs]float32 {
	net.scores = *x
	return &net.scores
}
