package lang

var sourceArg = Option{Name: "source", Type: Func, Of: Sources, Doc: "where the examples come from"}

// listedArgs is the form of a part whose members a file names.
var listedArgs = []Option{{Name: "listed", Type: Word}, {Name: "list", Type: String, Doc: "the file"}, {Name: "of", Type: Word}, {Name: "train", Type: Word}}

// columnsArg, scales and outlierRules are shared by the settings of csv columns.
var (
	columnsArg = Option{Name: "columns", Type: String, Variadic: true, Optional: true,
		Doc: "their names in the header, or numbers from \"1\" in a file without; none: every column that no other line names"}
	scales       = []string{"minmax", "zscore", "robust", "quartile", "maxabs"}
	outlierRules = []string{"iqr", "zscore", "mad"}
)

// DataSettings describe the data section.
var DataSettings = []Entry{
	{Name: "train", Args: []Option{sourceArg},
		Options: []Option{{Name: "augment", Type: Flag, Doc: "change the images at random as the augment setting says"}},
		Doc:     "the examples to learn from", Example: `train folder("photos/train") augment`},
	{Name: "validate", Args: []Option{
		{Name: "fraction", Type: Fraction, Range: "(0, 1)", Doc: "share of the training examples kept aside, chosen by a stable hash"},
		{Name: "of", Type: Word}, {Name: "train", Type: Word}},
		Doc: "the examples that measure progress, never augmented", Example: "validate 20% of train", Also: []string{"validation", "val"}},
	{Name: "validate", Args: listedArgs,
		Doc: "the training examples that a file lists: one a line, pictures by their path below the source's folder, others by their number in their file (from 0), drawings as class/number", Example: `validate listed "validate.txt" of train`},
	{Name: "validate", Args: []Option{sourceArg},
		Doc: "the same from a source of its own", Example: `validate folder("photos/validate")`},
	{Name: "test", Args: []Option{
		{Name: "fraction", Type: Fraction, Range: "(0, 1)", Doc: "share of the training examples kept aside, chosen by a stable hash"},
		{Name: "of", Type: Word}, {Name: "train", Type: Word}},
		Doc: "the examples for `cnnc eval`, never seen in training", Example: "test 10% of train"},
	{Name: "test", Args: listedArgs,
		Doc: "the same, listed in a file", Example: `test listed "test.txt" of train`},
	{Name: "test", Args: []Option{sourceArg}, Doc: "the examples for `cnnc eval`, never seen in training", Example: `test folder("photos/test")`},
	{Name: "root", Args: []Option{{Name: "path", Type: String, Runtime: true, Doc: "a folder; itself relative to the model file"}},
		Doc: "where the relative paths of the sources start", Example: `root "photos"`},
	{Name: "labels", Args: []Option{{Name: "names", Type: String, Variadic: true, Doc: "in the order of the network's outputs"}},
		Doc: "the names of the classes; without it they are found in the data, and a folder's are its sub-folders in the order of their names", Example: `labels "cat" "dog"`},
	{Name: "gray", Group: "colour", Doc: "one channel: luma of colour images", Example: "gray", Also: []string{"grey", "grayscale", "greyscale"}},
	{Name: "rgb", Group: "colour", Doc: "three channels: grey images are repeated, alpha is dropped", Example: "rgb", Also: []string{"color", "colour"}},
	{Name: "resize", Args: []Option{{Name: "size", Type: Size, Range: imageRange, Doc: "rows x columns"}},
		Doc: "scale images to the size of the net's input", Example: "resize 28x28"},
	{Name: "rescale", Args: []Option{{Name: "factor", Type: Float, Range: "(0, inf)", Doc: "multiplies every value; pixels are 0..255 before it"}},
		Doc: "scale the values, after augmentation", Example: "rescale 1/255", Also: []string{"scale", "normalize"}},
	{Name: "augment", Body: "augment", Doc: "random changes of the training images", Example: "augment { rotate 10deg  flip horizontal }"},
	{Name: "batch", Implied: true, Args: []Option{{Name: "size", Type: Int, Default: "32", Range: "[1, 65536]", Doc: "examples a step; the last batch of an epoch may be smaller"}},
		Doc: "examples a training step", Example: "batch 128", Also: []string{"batch_size"}},
	{Name: "cache", Args: []Option{
		{Name: "where", Type: Choice, Choices: []string{"memory", "file"}, Runtime: true, Doc: "in memory, or in one temporary file on disk"},
		{Name: "megabytes", Type: Int, Range: "[1, 1000000000]", Runtime: true, Doc: "largest size, of the training and of the validation part each; images beyond it are decoded in every epoch"}},
		Doc: "keep images decoded and resized for the rest of the run; results are the same bits as without", Example: "cache memory 512"},
	{Name: "on_error", Implied: true, Args: []Option{{Name: "action", Type: Choice, Choices: []string{"stop", "skip"}, Default: "stop", Runtime: true, Doc: "stop the run, or leave the file out and count it"}},
		Doc: "what to do with an unreadable file", Example: "on_error skip"},
	{Name: "limit", Args: []Option{{Name: "examples", Type: Int, Range: "[1, 9007199254740991]", Runtime: true, Doc: "largest number"}},
		Doc: "use at most so many examples of each source", Example: "limit 1000"},
	{Name: "numeric", Repeats: true, Args: []Option{columnsArg},
		Options: []Option{
			{Name: "scale", Type: Choice, Choices: scales, Optional: true, Bare: true, Runtime: true, Doc: "minmax (x-min)/(max-min) brought to low..high; zscore (x-mean)/deviation; robust (x-median)/(Q3-Q1); quartile (x-Q1)/(Q3-Q1); maxabs x/max(abs(x)). Without it, only rescale counts"},
			{Name: "low", Type: Float, Default: "0", Runtime: true, Doc: "lowest value of minmax"},
			{Name: "high", Type: Float, Default: "1", Runtime: true, Doc: "highest value of minmax"},
			{Name: "missing", Type: Choice, Choices: []string{"error", "drop", "mean", "median", "most_frequent", "constant"}, Default: "error", Runtime: true, Doc: "what to do where no number is (nothing, NA, N/A, NaN, null, None or ?): stop, drop the row, or put a number there"},
			{Name: "fill", Type: Float, Default: "0", Runtime: true, Doc: "the constant"},
			{Name: "indicator", Type: Flag, Doc: "one value more for each column: 1 where no number was"},
			{Name: "clip", Type: Choice, Choices: outlierRules, Optional: true, Runtime: true, Doc: "bring outliers to the bounds: iqr Q1-1.5*IQR..Q3+1.5*IQR, zscore mean±3*deviation, mad abs(0.6745*(x-median))/MAD <= 3.5"},
			{Name: "remove", Type: Choice, Choices: outlierRules, Optional: true, Runtime: true, Doc: "leave rows with outliers out of training; validation and test keep theirs"},
			{Name: "factor", Type: Float, Range: "(0, inf)", Optional: true, Runtime: true, Doc: "another factor than the 1.5, 3 or 3.5 of the rule"}},
		Doc:     "columns of a csv file that hold numbers, as inputs of the net in the order of the lines",
		Formula: "(x-center)/scale+offset, all three learned of the training rows",
		Example: `numeric "age" "salary" zscore missing=median`, Also: []string{"numerical", "number"}},
	{Name: "categorical", Repeats: true, Args: []Option{columnsArg},
		Options: []Option{
			{Name: "encode", Type: Choice, Choices: []string{"onehot", "ordinal", "hashing"}, Default: "onehot", Bare: true, Doc: "onehot: one value a category, in byte order, 1 for the one that it is; ordinal: the number of the category; hashing: one value a bucket"},
			{Name: "buckets", Type: Int, Default: "16", Range: "[1, 65536]", Doc: "values of hashing"},
			{Name: "drop_first", Type: Flag, Doc: "onehot without the first category, which is all zeros then"},
			{Name: "unknown", Type: Choice, Choices: []string{"error", "other"}, Default: "error", Runtime: true, Doc: "a category that no training row has: stop, or all zeros of onehot, -1 of ordinal"},
			{Name: "missing", Type: Choice, Choices: []string{"error", "drop", "most_frequent", "constant"}, Default: "error", Runtime: true, Doc: "what to do where no category is: stop, drop the row, or put one there"},
			{Name: "fill", Type: String, Optional: true, Runtime: true, Doc: "the constant; \"missing\" when not given"},
			{Name: "indicator", Type: Flag, Doc: "one value more for each column: 1 where no category was"}},
		Doc:     "columns of a csv file that hold categories",
		Example: `categorical "gender" onehot unknown=other`, Also: []string{"category"}},
	{Name: "class", Group: "wanted", Args: []Option{{Name: "column", Type: String, Doc: "its name, or its number in a file without header"}},
		Doc: "the column of a csv file that holds the classes: its values in byte order, or in order when all are numbers", Example: `class "species"`},
	{Name: "target", Repeats: true, Group: "wanted", Args: []Option{{Name: "input", Type: Word}},
		Doc: "the net is to give its own input back, as it gets it: augmented, rescaled and standardized. For autoencoders; the last layer has the shape of the input, or as many units, and the loss compares numbers. Images need no classes then: all pictures below a folder are used", Example: "target input", Also: []string{"autoencoder", "class_mode"}},
	{Name: "target", Repeats: true, Group: "wanted", Args: []Option{{Name: "columns", Type: String, Variadic: true, Doc: "their names"}},
		Options: []Option{
			{Name: "scale", Type: Choice, Choices: scales, Optional: true, Bare: true, Runtime: true, Doc: "as of numeric; predictions are scaled back, the loss and the metrics are those of scaled numbers"},
			{Name: "low", Type: Float, Default: "0", Runtime: true, Doc: "lowest value of minmax"},
			{Name: "high", Type: Float, Default: "1", Runtime: true, Doc: "highest value of minmax"},
			{Name: "missing", Type: Choice, Choices: []string{"error", "drop"}, Default: "error", Runtime: true, Doc: "what to do where no number is: stop, or drop the row"}},
		Doc: "the columns of a csv file that hold the numbers to predict, one output of the net each", Example: `target "price" zscore`},
	{Name: "ignore", Args: []Option{{Name: "columns", Type: String, Variadic: true, Doc: "their names"}},
		Doc: "columns of a csv file that are not used; for numeric or categorical without names", Example: `ignore "id"`},
	{Name: "standardize", Repeats: true, Args: []Option{{Name: "over", Type: Choice, Choices: []string{"image", "channels"}, Doc: "image: the values of each image by themselves, one mean and one deviation for all of them; channels: those of each channel over all training images"}},
		Options: []Option{{Name: "center", Type: Flag, Doc: "only subtract the mean"}},
		Doc:     "bring values to mean 0 and deviation 1, behind augmentation and rescale; the image before the channels, whose numbers are learned of the training part alone, without augmentation, and kept in the weights. Values that are all the same become 0. For images and arrays; numeric columns of tables have scales of their own",
		Formula: "(x-mean)/(deviation+1e-6)",
		Example: "standardize channels", Also: []string{"featurewise_center", "featurewise_std_normalization", "samplewise_center", "samplewise_std_normalization", "normalization", "adapt", "standardise"}},
	{Name: "whiten", Options: []Option{{Name: "epsilon", Type: Float, Default: "1e-6", Range: "[0, inf)", Doc: "added to the deviation in each direction. ImageDataGenerator's zca_epsilon is this times the root of the number of images"}},
		Doc:     "ZCA whitening, the last step: make all values of an image uncorrelated over the training images, each with deviation 1. The matrix is learned of the training part, without augmentation, and kept in the weights; to apply it takes the square of the values of an image in multiplications: at 32x32x3 0.25 ms on a core in training and evaluation, where images come together, and 3 ms for one alone in prediction. At most 4096 values an image",
		Formula: "U diag(1/(sqrt(v)+epsilon)) U^T (x-mean), U diag(v) U^T the covariance of all values, mean that of each",
		Example: "whiten epsilon=0.01", Also: []string{"zca", "zca_whitening", "whitening"}},
	{Name: "one_of", Args: []Option{{Name: "classes", Type: String, Variadic: true, Doc: "their names, in the order of the network's outputs"}},
		Doc: "use these classes only; examples of others are left out. Not for idx, npy and csv", Example: `one_of "cat" "dog"`},
}

// AugmentSettings describe the augment setting of the data section.
var AugmentSettings = []Entry{
	{Name: "rotate", Args: []Option{{Name: "angle", Type: Angle, Range: "[0, 180]", Runtime: true, Doc: "largest angle to either side"}},
		Doc: "turn about the centre", Example: "rotate 10deg"},
	{Name: "shift", Args: []Option{{Name: "distance", Type: Extent, Range: "[0, 1]", Runtime: true, Doc: "largest move to either side, as a share of the height or the width; in pixels, whole ones are drawn"}},
		Options: []Option{
			{Name: "rows", Type: Extent, Range: "[0, 1]", Optional: true, Runtime: true, Doc: "up and down, when it differs"},
			{Name: "columns", Type: Extent, Range: "[0, 1]", Optional: true, Runtime: true, Doc: "left and right, when it differs"}},
		Doc: "move", Example: "shift 10%", Also: []string{"translate", "translation"}},
	{Name: "crop", Args: []Option{{Name: "smallest", Type: Fraction, Range: "(0, 1]", Runtime: true, Doc: "smallest window, as a share of the sides; each from this share to 100% is as likely"}},
		Doc: "cut out a window anywhere and bring it to the size of the image", Example: "crop 80%"},
	{Name: "shear", Args: []Option{{Name: "angle", Type: Angle, Range: "[0, 80]", Runtime: true, Doc: "largest angle to either side"}},
		Doc: "slant", Example: "shear 5deg"},
	{Name: "zoom", Args: []Option{{Name: "range", Type: Span, Range: "(0, 10]", Runtime: true, Doc: "100% keeps the size, below it the picture grows; rows and columns are drawn independently"}},
		Options: []Option{{Name: "uniform", Type: Flag, Doc: "one draw for rows and columns"}},
		Doc:     "change the size", Example: "zoom 90%..110%"},
	{Name: "flip", Args: []Option{{Name: "direction", Type: Choice, Choices: []string{"horizontal", "vertical", "both"}, Doc: "left and right, up and down, or each independently"}},
		Doc: "mirror with probability one half", Example: "flip horizontal", Also: []string{"mirror"}},
	{Name: "brightness", Args: []Option{{Name: "range", Type: Span, Range: "[0, 10]", Runtime: true, Doc: "factor"}},
		Doc: "multiply all values; results are kept in 0..255", Example: "brightness 80%..120%"},
	{Name: "contrast", Args: []Option{{Name: "range", Type: Span, Range: "[0, 10]", Runtime: true, Doc: "factor"}},
		Doc: "multiply the distance from the mean of each channel; results are kept in 0..255", Example: "contrast 80%..120%"},
	{Name: "channel_shift", Args: []Option{{Name: "amount", Type: Float, Range: "[0, 255]", Runtime: true, Doc: "largest amount to either side"}},
		Doc: "add one number to all values; results are kept between the smallest and the largest of the image", Example: "channel_shift 20"},
	{Name: "erase", Args: []Option{{Name: "probability", Type: Fraction, Range: "[0, 1]", Runtime: true, Doc: "share of the images that lose a rectangle"}},
		Options: []Option{
			{Name: "area", Type: Span, Default: "2%..33%", Range: "(0, 1]", Runtime: true, Doc: "share of the image that the rectangle covers"},
			{Name: "aspect", Type: Span, Default: "0.3..3.3", Range: "[0.01, 100]", Runtime: true, Doc: "its height over its width; a factor and its inverse are as likely"},
			{Name: "value", Type: Float, Default: "0", Range: "[0, 255]", Runtime: true, Doc: "what it is filled with"},
			{Name: "noise", Type: Flag, Doc: "fill it with random values in 0..255 instead"}},
		Doc: "cover a random rectangle (Zhong et al. 2017)", Example: "erase 25% area=2%..20%", Also: []string{"erasing", "random_erasing"}},
	{Name: "cutout", Args: []Option{{Name: "size", Type: Size, Range: imageRange, Runtime: true, Doc: "rows x columns of the rectangle"}},
		Options: []Option{{Name: "value", Type: Float, Default: "0", Range: "[0, 255]", Runtime: true, Doc: "what it is filled with"}},
		Doc:     "cover a rectangle about a random pixel of every image; where it is cut by the border, less (DeVries and Taylor 2017)", Example: "cutout 8x8"},
	{Name: "fill", Implied: true, Args: []Option{{Name: "mode", Type: Choice, Choices: []string{"nearest", "constant", "reflect", "wrap"}, Default: "nearest", Doc: "nearest edge value, a constant, mirrored or repeated"}},
		Options: []Option{{Name: "value", Type: Float, Default: "0", Range: "[0, 255]", Runtime: true, Doc: "the constant"}},
		Doc:     "what comes in from outside the image", Example: "fill constant value=255"},
	{Name: "interpolation", Args: []Option{{Name: "method", Type: Choice, Choices: []string{"bilinear", "nearest"}, Doc: "between four pixels, or the nearest one"}},
		Doc: "how values between pixels are found; bilinear when not given", Example: "interpolation nearest"},
	{Name: "mixup", Group: "mix", Args: []Option{{Name: "alpha", Type: Float, Range: "(0, 100]", Runtime: true, Doc: "both parameters of the beta distribution that the share is drawn from"}},
		Doc: "blend every image and its target with another one, drawn at random (Zhang et al. 2018); the targets are shares of both classes then, which the crossentropies and losses of vectors take; validation is not mixed", Example: "mixup 0.2"},
	{Name: "cutmix", Group: "mix", Args: []Option{{Name: "alpha", Type: Float, Range: "(0, 100]", Runtime: true, Doc: "both parameters of the beta distribution that the share is drawn from"}},
		Doc: "replace a rectangle by that of another image, and the same share of the target (Yun et al. 2019); the targets are shares of both classes then, which the crossentropies and losses of vectors take; validation is not mixed", Example: "cutmix 1"},
}

// MaxPixels bounds what is given in pixels.
const MaxPixels = 16384

// modeOption is that of all rules that watch a metric.
var modeOption = Option{Name: "mode", Type: Choice, Choices: []string{"auto", "min", "max"}, Default: "auto", Runtime: true, Doc: "what is better: the smaller, the larger, or as the metric has it"}

// TrainSettings describe the train section.
var TrainSettings = []Entry{
	{Name: "loss", Args: []Option{{Name: "name", Type: Func, Of: Losses, Doc: "what is minimized"}},
		Doc: "what is minimized, the penalties of the layers added", Example: "loss categorical_crossentropy"},
	{Name: "optimizer", Args: []Option{{Name: "name", Type: Func, Of: Optimizers, Doc: "how the weights follow the gradient"}},
		Doc: "how the weights follow the gradient", Example: "optimizer adam(1e-3)"},
	{Name: "schedule", Group: "rate", Args: []Option{{Name: "name", Type: Func, Of: Schedules, Doc: "how the learning rate changes"}},
		Doc: "the learning rate from step to step, starting from (or, with a warm-up, rising to) that of the optimizer", Example: "schedule cosine(warmup=1epochs)"},
	{Name: "metrics", Args: []Option{{Name: "names", Type: Func, Of: Metrics, Variadic: true, Doc: "what is measured besides the loss"}},
		Doc: "what is measured besides the loss", Example: "metrics accuracy", Also: []string{"metric"}},
	{Name: "epochs", Implied: true, Args: []Option{{Name: "count", Type: Int, Default: "10", Range: "[1, 1000000]", Runtime: true, Doc: "passes over the training examples"}},
		Doc: "longest training", Example: "epochs 100", Also: []string{"epoch"}},
	{Name: "validate", Args: []Option{
		{Name: "every", Type: Word},
		{Name: "count", Type: Int, Range: "[1, 1000000]", Runtime: true, Doc: "epochs from one validation to the next"},
		{Name: "epochs", Type: Word}},
		Doc: "validate after every so many epochs only; rules that watch a val_ metric look at these", Example: "validate every 5 epochs"},
	{Name: "validate", Args: []Option{
		{Name: "after", Type: Word},
		{Name: "numbers", Type: Int, Range: "[1, 1000000]", Variadic: true, Runtime: true, Doc: "epochs, counted from 1"}},
		Doc: "validate after these epochs only", Example: "validate after 1 5 10 20"},
	{Name: "stop", Repeats: true, Args: []Option{
		{Name: "when", Type: Word},
		{Name: "metric", Type: Metric, Runtime: true, Doc: "what is watched"},
		{Name: "stalls", Type: Word},
		{Name: "patience", Type: Int, Range: "[1, 1000000]", Runtime: true, Doc: "epochs without improvement"}},
		Options: []Option{
			{Name: "min_delta", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "smallest change that counts as improvement"},
			modeOption,
			{Name: "baseline", Type: Float, Optional: true, Runtime: true, Doc: "only an improvement that is better than this too ends the waiting"},
			{Name: "from_epoch", Type: Int, Default: "0", Range: "[0, 1000000]", Runtime: true, Doc: "epochs that pass before it looks"},
			{Name: "restore", Type: Flag, Runtime: true, Doc: "training ends with the weights of the best epoch, whatever ended it; one rule at most"}},
		Doc: "early stopping: end when a metric has not improved for so many epochs", Example: "stop when val_loss stalls 10 min_delta=1e-3 restore", Also: []string{"early_stopping"}},
	{Name: "stop", Repeats: true, Args: []Option{
		{Name: "when", Type: Word},
		{Name: "metric", Type: Metric, Runtime: true, Doc: "what is watched"},
		{Name: "op", Type: Compare, Runtime: true, Doc: "< <= > or >="},
		{Name: "threshold", Type: Float, Runtime: true, Doc: "the value"}},
		Doc: "end when a metric has reached a value", Example: "stop when val_accuracy > 0.99"},
	{Name: "reduce", Group: "rate", Args: []Option{
		{Name: "rate", Type: Word},
		{Name: "when", Type: Word},
		{Name: "metric", Type: Metric, Runtime: true, Doc: "what is watched"},
		{Name: "stalls", Type: Word},
		{Name: "patience", Type: Int, Range: "[1, 1000000]", Runtime: true, Doc: "epochs without improvement"}},
		Options: []Option{
			{Name: "factor", Type: Float, Default: "0.1", Range: "(0, 1)", Runtime: true, Doc: "multiplies the learning rate"},
			{Name: "min_delta", Type: Float, Default: "1e-4", Range: "[0, inf)", Runtime: true, Doc: "smallest change that counts as improvement"},
			modeOption,
			{Name: "cooldown", Type: Int, Default: "0", Range: "[0, 1000000]", Runtime: true, Doc: "epochs before the waiting begins again; the one behind a change is the first, so 1 is as good as 0"},
			{Name: "min_rate", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "least learning rate"}},
		Doc: "lower the learning rate when a metric has not improved for so many epochs", Example: "reduce rate when val_loss stalls 3 factor=0.5 min_rate=1e-5",
		Also: []string{"reduce_lr", "reduce_lr_on_plateau", "plateau"}},
	{Name: "keep", Repeats: true, Args: []Option{
		{Name: "best", Type: Word},
		{Name: "metric", Type: Metric, Runtime: true, Doc: "what decides"}},
		Options: []Option{
			modeOption,
			{Name: "threshold", Type: Float, Optional: true, Runtime: true, Doc: "only an epoch that is better than this counts"}},
		Doc: "keep the weights of the best epoch as the result; without it, of the last", Example: "keep best val_accuracy", Also: []string{"checkpoint", "save"}},
	{Name: "keep", Repeats: true, Args: []Option{
		{Name: "every", Type: Word},
		{Name: "count", Type: Int, Range: "[1, 1000000]", Runtime: true, Doc: "epochs from one to the next"},
		{Name: "epochs", Type: Word}},
		Options: []Option{
			{Name: "name", Type: String, Default: `"epoch-{epoch:04d}"`, Runtime: true, Doc: "the file: {epoch}, counted from 1, and {METRIC} stand for numbers, with a format as in {epoch:02d} or {val_loss:.3f}; NA where an epoch has no such value"},
			{Name: "last", Type: Int, Optional: true, Range: "[1, 1000000]", Runtime: true, Doc: "keep the newest so many only"}},
		Doc: "keep the weights of every so many epochs, each in a file of its own in the folder epochs of the run", Example: `keep every 5 epochs name="{epoch:03d}-{val_loss:.3f}" last=4`},
	{Name: "keep", Repeats: true, Args: []Option{
		{Name: "last", Type: Word},
		{Name: "newest", Type: Int, Range: "[1, 1000000]", Runtime: true, Doc: "number of epochs"}},
		Options: []Option{{Name: "name", Type: String, Default: `"epoch-{epoch:04d}"`, Runtime: true, Doc: "the file, as above"}},
		Doc:     "keep the weights of the newest epochs, each in a file of its own", Example: "keep last 3"},
	{Name: "seed", Implied: true, Args: []Option{{Name: "value", Type: Int, Default: "1", Range: "[0, 9007199254740991]", Runtime: true, Doc: "start of all random numbers"}},
		Doc: "same seed, same file, same data: same bits", Example: "seed 7"},
	{Name: "class_weight", Repeats: true, Args: []Option{{Name: "balanced", Type: Word}},
		Doc: "make all classes count the same in the loss: examples of a class weigh n/(classes * examples of the class); not in validation", Example: "class_weight balanced", Also: []string{"class_weights"}},
	{Name: "class_weight", Repeats: true, Args: []Option{
		{Name: "class", Type: String, Runtime: true, Doc: "its name"},
		{Name: "weight", Type: Float, Range: "[0, inf)", Runtime: true, Doc: "how much its examples count"}},
		Doc: "how much the examples of a class count in the loss; those of other classes count 1. The loss is divided by the number of examples, so larger weights are longer steps", Example: `class_weight "dog" 2.5`},
	{Name: "accumulate", Later: true, Doc: "gradients summed over several batches"},
}

// TuneSettings describe the tune section.
var TuneSettings = []Entry{
	{Name: "hyperband", Group: "strategy", Doc: "many short trainings, the best ones continued, in brackets from short and many to long and few (Li et al. 2018)",
		Options: []Option{
			{Name: "max_epochs", Type: Int, Default: "100", Range: "[1, 1000000]", Runtime: true, Doc: "epochs of the longest training"},
			{Name: "factor", Type: Int, Default: "3", Range: "[2, 100]", Runtime: true, Doc: "one in so many is continued"},
			{Name: "iterations", Type: Int, Default: "1", Range: "[1, 1000]", Runtime: true, Doc: "repetitions of the whole schedule"}},
		Example: "hyperband max_epochs=20 factor=3"},
	{Name: "asha", Group: "strategy", Doc: "asynchronous successive halving: a trial goes on as soon as it is among the best of those that came as far (Li et al. 2020)",
		Options: []Option{
			{Name: "max_epochs", Type: Int, Default: "100", Range: "[1, 1000000]", Runtime: true, Doc: "epochs of the longest training"},
			{Name: "min_epochs", Type: Int, Default: "1", Range: "[1, 1000000]", Runtime: true, Doc: "epochs of the first rung"},
			{Name: "factor", Type: Int, Default: "4", Range: "[2, 100]", Runtime: true, Doc: "one in so many is continued"},
			{Name: "trials", Type: Int, Default: "50", Range: "[1, 1000000]", Runtime: true, Doc: "number of points that are begun"}},
		Example: "asha max_epochs=20 trials=40"},
	{Name: "random", Group: "strategy", Doc: "independent random points",
		Options: []Option{{Name: "trials", Type: Int, Default: "10", Range: "[1, 1000000]", Runtime: true, Doc: "number of trainings"}},
		Example: "random trials=20"},
	{Name: "grid", Group: "strategy", Doc: "every combination, the last hyperparameter varying fastest",
		Options: []Option{{Name: "trials", Type: Int, Optional: true, Range: "[1, 1000000]", Runtime: true, Doc: "largest number of trainings; all when not given"}},
		Example: "grid"},
	{Name: "bayesian", Group: "strategy", Doc: "a Gaussian process guesses where to look next: where the largest improvement is to be expected, or with beta where the result may be best",
		Options: []Option{
			{Name: "trials", Type: Int, Default: "10", Range: "[1, 1000000]", Runtime: true, Doc: "number of trainings"},
			{Name: "initial", Type: Int, Optional: true, Range: "[1, 1000000]", Runtime: true, Doc: "random trainings before the first guess; 3 a hyperparameter when not given"},
			{Name: "beta", Type: Float, Optional: true, Range: "(0, inf)", Runtime: true, Doc: "weight of the unknown against the good (lower confidence bound); expected improvement when not given"}},
		Example: "bayesian trials=50"},
	{Name: "tpe", Group: "strategy", Doc: "Parzen estimators of the good and the other points say where to look next (Bergstra et al. 2011); for many hyperparameters, words and conditions",
		Options: []Option{
			{Name: "trials", Type: Int, Default: "50", Range: "[1, 1000000]", Runtime: true, Doc: "number of trainings"},
			{Name: "initial", Type: Int, Default: "10", Range: "[1, 1000000]", Runtime: true, Doc: "random trainings before the first guess"}},
		Example: "tpe trials=50"},
	{Name: "maximize", Group: "objective", Args: []Option{{Name: "metric", Type: Metric, Runtime: true, Doc: "what decides"}},
		Doc: "search for the largest value; without an objective the metric of `keep best` decides, else val_loss", Example: "maximize val_accuracy"},
	{Name: "minimize", Group: "objective", Args: []Option{{Name: "metric", Type: Metric, Runtime: true, Doc: "what decides"}},
		Doc: "search for the smallest value", Example: "minimize val_loss"},
	{Name: "budget", Doc: "what the search may take in all; no training is begun that would exceed it",
		Options: []Option{
			{Name: "trials", Type: Int, Optional: true, Range: "[1, 1000000]", Runtime: true, Doc: "trainings, continued ones counted again"},
			{Name: "epochs", Type: Int, Optional: true, Range: "[1, 1000000000]", Runtime: true, Doc: "epochs of all trainings together"},
			{Name: "time", Type: Duration, Optional: true, Range: "(0, 31536000]", Runtime: true, Doc: "such as 30min or 8h; trainings under way are finished"}},
		Example: "budget epochs=500 time=8h"},
	{Name: "failures", Implied: true, Args: []Option{{Name: "count", Type: Int, Default: "3", Range: "[1, 1000000]", Runtime: true, Doc: "failed trainings in a row"}},
		Doc: "so many failed trainings in a row end the search", Example: "failures 5"},
	{Name: "keep", Implied: true, Args: []Option{{Name: "count", Type: Int, Default: "3", Range: "[1, 1000000]", Runtime: true, Doc: "trials"}},
		Doc: "how many of the best trials keep their weights when the search is over", Example: "keep 5"},
	{Name: "executions", Implied: true, Args: []Option{{Name: "count", Type: Int, Default: "1", Range: "[1, 1000]", Runtime: true, Doc: "trainings a trial, averaged"}},
		Doc: "trainings a trial, with different seeds", Example: "executions 2"},
	{Name: "seed", Implied: true, Args: []Option{{Name: "value", Type: Int, Default: "1", Range: "[0, 9007199254740991]", Runtime: true, Doc: "start of the random numbers of the search"}},
		Doc: "seed of the search", Example: "seed 7"},
}
