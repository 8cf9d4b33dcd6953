package skeleton

import (
	"fmt"
	"strconv"
	"unsafe"

	"github.com/cnnc/cnnc/runtime/weights"
)

// Net is the network with its weights and the memory of one worker. It is not
// safe for concurrent use: give every goroutine a Clone.
type Net struct {
	params  []float32
	derived []float32 // what the kernels want of params besides
	labels  []string
	how     weights.Preparation // of examples, as weight files say it
	worker  *inference
	scores  [Outputs]float32
	example // how an example becomes what Predict takes
}

// New returns the network with all weights zero.
func New() *Net { return newNet(alignedFloats(paramFloats), classLabels) }

// newNet returns the network with these packed weights.
func newNet(params []float32, labels []string) *Net {
	derived := alignedFloats(inferDerivedFloats)
	transformKernels(params, derived, true, 0, 1)
	return sharedNet(params, derived, labels)
}

// sharedNet returns the network with weights that others may use as well.
func sharedNet(params, derived []float32, labels []string) *Net {
	return &Net{params: params, derived: derived, labels: labels, worker: newInference(params, derived)}
}

// Load returns the network with the weights of a safetensors file. A file of
// another network is refused with an error that says what differs.
func Load(path string) (*Net, error) {
	params, labels, how, err := loadWeights(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return loadedNet(params, labels, how)
}

// loadedNet returns the network with what a weight file says: packed weights,
// names of the classes and how examples are prepared.
func loadedNet(params []float32, labels []string, how weights.Preparation) (*Net, error) {
	if labels == nil {
		labels = classLabels
	}
	net := newNet(params, labels)
	net.how = how
	if err := net.prepare(&how); err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return net, nil
}

// Clone returns a network that shares the weights and has memory of its own.
func (net *Net) Clone() *Net {
	clone := sharedNet(net.params, net.derived, net.labels)
	clone.how = net.how
	clone.worker.workers = net.worker.workers
	clone.share(&net.example)
	return clone
}

// Labels are the names of the classes, in the order of the scores. Classes
// without a name are numbered.
func (net *Net) Labels() []string {
	labels := make([]string, classCount)
	for i := range labels {
		labels[i] = net.label(i)
	}
	return labels
}

// label is the name of a class, or its number.
func (net *Net) label(class int) string {
	if class < len(net.labels) {
		return net.labels[class]
	}
	return strconv.Itoa(class)
}

// SetWorkers says how many workers compute one image together: 1 keeps Predict to
// the goroutine that calls it; 0, the default, stands for GOMAXPROCS while that is
// faster than one, which is measured. Only the large layers of networks that can
// gain by it are shared. The scores have the same bits for any number. Clones share
// the workers: while they are busy with an image, another is computed by the calling
// goroutine alone.
func (net *Net) SetWorkers(n int) { net.worker.workers = max(n, 0) }

// Predict returns the scores of one image, [Height][Width][Channels] with
// channels fastest. They are valid until the next call. Nothing is allocated.
func (net *Net) Predict(x *[Height * Width * Channels]float32) *[Outputs]float32 {
	net.run(x[:], net.scores[:], 1)
	return &net.scores
}

// PredictBatch writes the scores of images, as many as both slices hold.
func (net *Net) PredictBatch(scores [][Outputs]float32, x [][Height * Width * Channels]float32) {
	for n := min(len(x), len(scores)); n > 0; n = min(len(x), len(scores)) {
		n = min(n, inferMicro)
		net.run(unsafe.Slice(&x[0][0], n*len(x[0])), unsafe.Slice(&scores[0][0], n*Outputs), n)
		x, scores = x[n:], scores[n:]
	}
}

// run is the forward pass of at most inferMicro images.
func (net *Net) run(x, scores []float32, n int) {
	net.worker.x, net.worker.scores = x, scores
	net.worker.run(n)
}
