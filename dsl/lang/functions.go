package lang

// InitializerTable lists the start values of weights. Fans: fan_in is the
// number of inputs that enter one output, fan_out the number of outputs that
// one input enters, as computed from the shape of the weight.
var InitializerTable = []Entry{
	{Name: "glorot_uniform", Doc: "uniform in ±sqrt(6/(fan_in+fan_out)) (Glorot and Bengio 2010)", Example: "conv 8 3x3 init=glorot_uniform", Also: []string{"xavier", "xavier_uniform"}},
	{Name: "glorot_normal", Doc: "normal of deviation sqrt(2/(fan_in+fan_out)), cut at two deviations", Example: "conv 8 3x3 init=glorot_normal", Also: []string{"xavier_normal"}},
	{Name: "he_uniform", Doc: "uniform in ±sqrt(6/fan_in) (He et al. 2015)", Example: "conv 8 3x3 init=he_uniform", Also: []string{"kaiming_uniform"}},
	{Name: "he_normal", Doc: "normal of deviation sqrt(2/fan_in), cut at two deviations", Example: "conv 8 3x3 init=he_normal", Also: []string{"kaiming", "kaiming_normal"}},
	{Name: "lecun_uniform", Doc: "uniform in ±sqrt(3/fan_in)", Example: "conv 8 3x3 init=lecun_uniform"},
	{Name: "lecun_normal", Doc: "normal of deviation sqrt(1/fan_in), cut at two deviations", Example: "conv 8 3x3 init=lecun_normal"},
	{Name: "random_normal", Doc: "normal",
		Args: []Option{
			{Name: "mean", Type: Float, Default: "0", Runtime: true, Doc: "mean"},
			{Name: "stddev", Type: Float, Default: "0.05", Range: "[0, inf)", Runtime: true, Doc: "standard deviation"}},
		Example: "conv 8 3x3 init=random_normal(0, 0.01)", Also: []string{"normal", "gaussian"}},
	{Name: "truncated_normal", Doc: "normal, redrawn beyond two deviations",
		Args: []Option{
			{Name: "mean", Type: Float, Default: "0", Runtime: true, Doc: "mean"},
			{Name: "stddev", Type: Float, Default: "0.05", Range: "[0, inf)", Runtime: true, Doc: "standard deviation before the cut"}},
		Example: "conv 8 3x3 init=truncated_normal(stddev=0.1)"},
	{Name: "random_uniform", Doc: "uniform from min up to max",
		Args: []Option{
			{Name: "min", Type: Float, Default: "-0.05", Runtime: true, Doc: "lowest value"},
			{Name: "max", Type: Float, Default: "0.05", Runtime: true, Doc: "highest value"}},
		Example: "conv 8 3x3 init=random_uniform(-0.1, 0.1)", Also: []string{"uniform"}},
	{Name: "zeros", Doc: "all 0", Example: "dense 8 bias_init=zeros"},
	{Name: "ones", Doc: "all 1", Example: "dense 8 bias_init=ones"},
	{Name: "constant", Doc: "all the same",
		Args:    []Option{{Name: "value", Type: Float, Runtime: true, Doc: "the value"}},
		Example: "dense 8 bias_init=constant(0.1)"},
	{Name: "orthogonal", Later: true, Doc: "rows or columns at right angles"},
	{Name: "variance_scaling", Later: true, Doc: "the family behind Glorot, He and LeCun"},
}

// MetricTable lists what can be measured besides the loss, which always is.
var MetricTable = []Entry{
	{Name: "accuracy", Doc: "share of examples whose largest score is the true class", Example: "metrics accuracy", Also: []string{"acc", "categorical_accuracy"}},
	{Name: "top_k", Later: true, Doc: "share of examples whose true class is among the k largest scores", Also: []string{"top_k_categorical_accuracy"}},
	{Name: "precision", Later: true, Doc: "true positives among the positives found"},
	{Name: "recall", Later: true, Doc: "positives found among the true ones"},
	{Name: "f1", Later: true, Doc: "harmonic mean of precision and recall"},
	{Name: "auc", Later: true, Doc: "area under the ROC or precision-recall curve"},
	{Name: "mean_absolute_error", Later: true, Doc: "mean of absolute errors", Also: []string{"mae"}},
	{Name: "mean_squared_error", Later: true, Doc: "mean of squared errors", Also: []string{"mse"}},
	{Name: "root_mean_squared_error", Later: true, Doc: "root of the mean of squared errors", Also: []string{"rmse"}},
	{Name: "r2", Later: true, Doc: "coefficient of determination"},
	{Name: "cosine_similarity", Later: true, Doc: "cosine of the angle between target and prediction"},
}

// clipOptions and weightDecay are shared by the optimizers.
var (
	weightDecay = Option{Name: "weight_decay", Type: Float, Default: "0", Range: "[0, 1]", Runtime: true,
		Doc: "decoupled decay: w -= w*weight_decay*learning_rate before the update"}
	epsilonOption = Option{Name: "epsilon", Type: Float, Default: "1e-7", Range: "(0, 1]", Runtime: true, Doc: "guard against division by 0"}
	clipOptions   = []Option{
		{Name: "clipnorm", Type: Float, Range: "(0, inf)", Optional: true, Later: true, Doc: "largest norm of the gradient of one weight"},
		{Name: "global_clipnorm", Type: Float, Range: "(0, inf)", Optional: true, Later: true, Doc: "largest norm of all gradients together"},
		{Name: "clipvalue", Type: Float, Range: "(0, inf)", Optional: true, Later: true, Doc: "largest absolute value of a gradient"},
		{Name: "ema", Type: Float, Range: "(0, 1)", Optional: true, Later: true, Doc: "running average of the weights"},
	}
)

// OptimizerTable lists the optimizers.
var OptimizerTable = []Entry{
	{Name: "sgd", Doc: "stochastic gradient descent with momentum",
		Formula: "w -= lr*g;  with momentum: m = momentum*m - lr*g, w += m;  nesterov: w += momentum*m - lr*g",
		Args:    []Option{{Name: "learning_rate", Type: Float, Default: "0.01", Range: "[0, inf)", Runtime: true, Doc: "step size"}},
		Options: append([]Option{
			{Name: "momentum", Type: Float, Default: "0", Range: "[0, 1]", Runtime: true, Doc: "share of the previous step that is kept"},
			{Name: "nesterov", Type: Flag, Doc: "Nesterov's look-ahead"},
			weightDecay}, clipOptions...),
		Example: "optimizer sgd(0.1, momentum=0.9, nesterov)", Also: []string{"momentum", "nesterov"}},
	{Name: "adam", Doc: "adaptive moments (Kingma and Ba 2015), epsilon outside the root of the uncorrected second moment",
		Formula: "m += (1-beta_1)*(g-m);  v += (1-beta_2)*(g^2-v);  w -= lr*sqrt(1-beta_2^t)/(1-beta_1^t) * m/(sqrt(v)+epsilon)",
		Args:    []Option{{Name: "learning_rate", Type: Float, Default: "0.001", Range: "[0, inf)", Runtime: true, Doc: "step size"}},
		Options: append([]Option{
			{Name: "beta_1", Type: Float, Default: "0.9", Range: "[0, 1)", Runtime: true, Doc: "decay of the first moment"},
			{Name: "beta_2", Type: Float, Default: "0.999", Range: "[0, 1)", Runtime: true, Doc: "decay of the second moment"},
			epsilonOption, weightDecay,
			{Name: "amsgrad", Type: Flag, Later: true, Doc: "never let the second moment shrink"}}, clipOptions...),
		Example: "optimizer adam(1e-3)"},
	{Name: "adamw", Doc: "adam with decoupled weight decay (Loshchilov and Hutter 2019)",
		Formula: "w -= w*weight_decay*lr, then adam",
		Args:    []Option{{Name: "learning_rate", Type: Float, Default: "0.001", Range: "[0, inf)", Runtime: true, Doc: "step size"}},
		Options: append([]Option{
			{Name: "beta_1", Type: Float, Default: "0.9", Range: "[0, 1)", Runtime: true, Doc: "decay of the first moment"},
			{Name: "beta_2", Type: Float, Default: "0.999", Range: "[0, 1)", Runtime: true, Doc: "decay of the second moment"},
			epsilonOption,
			{Name: "weight_decay", Type: Float, Default: "0.004", Range: "[0, 1]", Runtime: true, Doc: "decoupled decay: w -= w*weight_decay*learning_rate before the update"},
			{Name: "amsgrad", Type: Flag, Later: true, Doc: "never let the second moment shrink"}}, clipOptions...),
		Example: "optimizer adamw(1e-3, weight_decay=0.01)"},
	{Name: "rmsprop", Later: true, Doc: "root mean square propagation"},
	{Name: "adagrad", Later: true, Doc: "step sizes from all past gradients"},
	{Name: "adadelta", Later: true, Doc: "adagrad over a window"},
	{Name: "adamax", Later: true, Doc: "adam with the infinity norm"},
	{Name: "nadam", Later: true, Doc: "adam with Nesterov momentum"},
	{Name: "ftrl", Later: true, Doc: "follow the regularized leader"},
	{Name: "lion", Later: true, Doc: "sign of the momentum"},
	{Name: "adafactor", Later: true, Doc: "adam with a factored second moment"},
}

// SourceTable lists where examples come from.
var SourceTable = []Entry{
	{Name: "folder", Doc: "a folder with one sub-folder of images a class (PNG, JPEG, GIF, BMP); classes in the order of their names",
		Args:    []Option{{Name: "path", Type: String, Doc: "the folder; a relative path starts at the model file"}},
		Example: `train folder("photos/train")`, Also: []string{"dir", "directory", "images"}},
	{Name: "idx", Doc: "a pair of IDX files as used by MNIST, gzipped or not",
		Args: []Option{
			{Name: "images", Type: String, Doc: "file of images; or, alone, a folder with the files of MNIST under their names: train-images-idx3-ubyte and so on for train, t10k-... for test"},
			{Name: "labels", Type: String, Optional: true, Doc: "file of labels"}},
		Example: `train idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")`, Also: []string{"mnist"}},
	{Name: "doodles", Doc: "generated stroke drawings, the same for the same arguments; needs no files",
		Args: []Option{{Name: "examples", Type: Int, Default: "10000", Range: "[1, 100000000]", Runtime: true, Doc: "number of drawings over all classes"}},
		Options: []Option{
			{Name: "classes", Type: Int, Default: "10", Range: "[2, 345]", Doc: "number of classes"},
			{Name: "seed", Type: Int, Default: "1", Range: "[0, 9007199254740991]", Runtime: true, Doc: "another seed, other drawings"},
			{Name: "jitter", Type: Float, Optional: true, Range: "[0, 4]", Runtime: true, Later: true, Doc: "strength of the changes in pose, size and stroke; 0 draws every class alike"}},
		Example: "train doodles(20000, seed=1)", Also: []string{"synthetic"}},
	{Name: "csv", Doc: "the rows of a table as a CSV file in UTF-8 (RFC 4180); the settings numeric, categorical, class, target and ignore say what its columns mean",
		Args: []Option{{Name: "path", Type: String, Doc: "the file; a relative path starts at the model file"}},
		Options: []Option{
			{Name: "separator", Type: String, Default: `","`, Runtime: true, Doc: "the character between values; \"tab\" is a tabulator"},
			{Name: "decimal", Type: Choice, Choices: []string{"point", "comma"}, Default: "point", Runtime: true, Doc: "1.5 or 1,5"},
			{Name: "noheader", Type: Flag, Runtime: true, Doc: "the first line is a row: columns are called \"1\", \"2\" and so on"}},
		Example: `train csv("customers.csv")`, Also: []string{"table", "tsv"}},
	{Name: "npy", Doc: "NumPy arrays: examples [N H W C], [N H W] or [N D] of whole numbers or floats, which have to fit the input as they are, and labels [N] from 0; C order, .npy files or one .npz archive",
		Args: []Option{
			{Name: "examples", Type: String, Doc: "file of the examples, or archive"},
			{Name: "labels", Type: String, Optional: true, Doc: "file of the labels; without it they are in the archive too"}},
		Options: []Option{
			{Name: "x", Type: String, Optional: true, Runtime: true, Doc: "name of the examples in an archive"},
			{Name: "y", Type: String, Optional: true, Runtime: true, Doc: "name of the labels in an archive"}},
		Example: `train npy("mnist.npz", x="x_train", y="y_train")`, Also: []string{"npz", "numpy"}},
	{Name: "cifar", Later: true, Doc: "CIFAR-10 binary files", Also: []string{"cifar10"}},
	{Name: "quickdraw", Later: true, Doc: "drawings of the Quick, Draw! game"},
}
