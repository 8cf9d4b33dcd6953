package lower

import "github.com/cnnc/cnnc/dsl/diag"

// Codes of this package, besides those of package diag. The Example of each is
// a model file that raises it; a test runs them all. The two lines "cnn 1" and
// "model example" stand before an example.
const (
	// EmptyOutput: a window that does not fit the image it slides over.
	//
	// Example:
	//  net { input 3x3x1; conv 4 3x3; maxpool 2x2; flatten; dense 2 }
	EmptyOutput diag.Code = "empty-output"

	// NeedsImage: a layer for images behind one that gives a vector.
	//
	// Example:
	//  net { input 8x8x1; flatten; conv 4 3x3; flatten; dense 2 }
	NeedsImage diag.Code = "needs-image"

	// NeedsSequence: a layer along sequences behind one that gives an image or a
	// vector.
	//
	// Example:
	//  net { input 8x8x1; conv1d 4 3; flatten; dense 2 }
	NeedsSequence diag.Code = "needs-sequence"

	// GroupsDiffer: channels or filters that groups do not divide.
	//
	// Example:
	//  net { input 8x8x3; conv 4 3x3 groups=2; flatten; dense 2 }
	GroupsDiffer diag.Code = "groups-differ"

	// NeedsVector: a layer for vectors behind one that gives an image.
	//
	// Example:
	//  net { input 8x8x1; dense 2 }
	NeedsVector diag.Code = "needs-vector"

	// TargetShape: an autoencoder whose result is not like its input.
	//
	// Example:
	//  net { input 8x8x1; conv 4 3x3 }
	//  data { train doodles; target input }
	//  train { loss mean_squared_error; optimizer sgd }
	TargetShape diag.Code = "target-shape"

	// ShapesDiffer: add, concat or the like of values that do not fit together.
	//
	// Example:
	//  net { input 8x8x1; a = conv 4 3x3; b = conv 4 3x3; add a; flatten; dense 2 }
	ShapesDiffer diag.Code = "shapes-differ"

	// SizesDiffer: a reshape to another number of values.
	//
	// Example:
	//  net { input 8x8x1; reshape 4 5 -1; flatten; dense 2 }
	SizesDiffer diag.Code = "sizes-differ"

	// BadGroups: channels that cannot be cut into so many groups.
	//
	// Example:
	//  net { input 8x8x1; conv 6 3x3; groupnorm 4; flatten; dense 2 }
	BadGroups diag.Code = "bad-groups"

	// NothingToTrain: a network without weights, or with frozen ones only.
	//
	// Example:
	//  net { input 8x8x1; flatten }
	//  train { loss mean_squared_error; optimizer sgd }
	NothingToTrain diag.Code = "nothing-to-train"

	// LossNeedsProbabilities: a crossentropy of values that are no
	// probabilities.
	//
	// Example:
	//  net { input 8x8x1; flatten; dense 4 relu }
	//  train { loss categorical_crossentropy; optimizer sgd }
	LossNeedsProbabilities diag.Code = "loss-needs-probabilities"

	// LossHead: a loss that is not made for what the network ends in, or for the
	// targets of the data.
	//
	// Example:
	//  net { input 8x8x1; flatten; dense 4 softmax }
	//  train { loss binary_crossentropy; optimizer sgd }
	LossHead diag.Code = "loss-head"

	// MetricHead: a metric that does not fit what the network ends in.
	//
	// Example:
	//  net { input 8x8x1; flatten; dense 1 }
	//  train { loss mean_squared_error; optimizer sgd; metrics accuracy }
	MetricHead diag.Code = "metric-head"

	// ClassCount: as many outputs as the data has classes are needed.
	//
	// Example:
	//  net { input 28x28x1; flatten; dense 4 softmax }
	//  data { train doodles(classes=10) }
	//  train { loss categorical_crossentropy; optimizer sgd }
	ClassCount diag.Code = "class-count"

	// DataShape: images of another size or number of channels than the input.
	//
	// Example:
	//  net { input 28x28x3; flatten; dense 10 }
	//  data { train doodles; gray }
	DataShape diag.Code = "data-shape"

	// UnusedAugment: only one of the augment setting and the word augment behind the
	// training data (a warning).
	//
	// Example:
	//  net { input 28x28x1; flatten; dense 10 }
	//  data { train doodles; augment { rotate 10deg } }
	UnusedAugment diag.Code = "unused-augment"

	// MixLoss: mixup or cutmix with a loss that wants one class.
	//
	// Example:
	//  net { input 28x28x1; flatten; dense 10 softmax }
	//  data { train doodles augment; augment { mixup 0.2 } }
	//  train { loss categorical_hinge; optimizer sgd }
	MixLoss diag.Code = "mix-loss"
)
