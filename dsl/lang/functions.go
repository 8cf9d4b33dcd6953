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
	{Name: "identity", Doc: "1 on the diagonal of a dense kernel, 0 elsewhere",
		Args:    []Option{{Name: "gain", Type: Float, Default: "1", Runtime: true, Doc: "the value on the diagonal"}},
		Example: "dense 8 init=identity"},
	{Name: "orthogonal", Doc: "columns, or rows where there are fewer, at right angles and of length gain (Saxe et al. 2014); a kernel of a convolution counts as a matrix with a column for each filter",
		Args:    []Option{{Name: "gain", Type: Float, Default: "1", Runtime: true, Doc: "length"}},
		Example: "conv 8 3x3 init=orthogonal"},
	{Name: "variance_scaling", Doc: "variance scale/fan: the family behind Glorot, He and LeCun",
		Args: []Option{
			{Name: "scale", Type: Float, Default: "1", Range: "(0, inf)", Doc: "scale"},
			{Name: "mode", Type: Choice, Choices: []string{"fan_in", "fan_out", "fan_avg"}, Default: "fan_in", Doc: "the fan: of the inputs, of the outputs, or their mean"},
			{Name: "distribution", Type: Choice, Choices: []string{"truncated_normal", "untruncated_normal", "uniform"}, Default: "truncated_normal", Doc: "of the values"}},
		Example: "conv 8 3x3 init=variance_scaling(2, fan_out, uniform)"},
}

// SourceTable lists where examples come from.
var SourceTable = []Entry{
	{Name: "folder", Doc: "a folder with one sub-folder of images a class (PNG, JPEG, GIF, BMP, TIFF, WebP); classes in the order of their names",
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
	{Name: "npy", Doc: "NumPy arrays: examples [N H W C], [N H W] or [N D] of whole numbers or floats, which have to fit the input as they are, and labels [N] from 0; augment takes values of 0..255; C order, .npy files or one .npz archive",
		Args: []Option{
			{Name: "examples", Type: String, Doc: "file of the examples, or archive"},
			{Name: "labels", Type: String, Optional: true, Doc: "file of the labels; without it they are in the archive too. Not wanted with target input"}},
		Options: []Option{
			{Name: "x", Type: String, Optional: true, Runtime: true, Doc: "name of the examples in an archive"},
			{Name: "y", Type: String, Optional: true, Runtime: true, Doc: "name of the labels in an archive"}},
		Example: `train npy("mnist.npz", x="x_train", y="y_train")`, Also: []string{"npz", "numpy"}},
	{Name: "quickdraw", Doc: "drawings of the Quick, Draw! game: a folder with one file for each class, called after it: .ndjson (simplified or raw) and .bin hold strokes, drawn at the size of the input; .npy and .raw hold 28x28 bitmaps",
		Args: []Option{{Name: "path", Type: String, Doc: "the folder; a relative path starts at the model file"}},
		Options: []Option{
			{Name: "first", Type: Int, Optional: true, Range: "[1, 2147483647]", Runtime: true, Doc: "the most drawings of a class, from the beginning of its file"},
			{Name: "recognized", Type: Choice, Choices: []string{"all", "yes", "no"}, Default: "all", Runtime: true, Doc: "only drawings that the game recognized, or did not"},
			{Name: "line", Type: Float, Default: "16", Range: "(0, 256]", Runtime: true, Doc: "width of a line; the drawing is 256 wide"},
			{Name: "padding", Type: Float, Default: "16", Range: "[0, 256]", Runtime: true, Doc: "space around the drawing, in the same unit"},
			{Name: "hard", Type: Flag, Runtime: true, Doc: "no anti-aliasing"},
			{Name: "paper", Type: Flag, Runtime: true, Doc: "black lines on white paper; otherwise white on black"}},
		Example: `train quickdraw("quickdraw/simplified", first=1000, recognized=yes)`, Also: []string{"quick_draw", "ndjson"}},
	{Name: "cifar", Doc: "CIFAR-10 or CIFAR-100 in their binary layout, told apart by the size of the records; names of the classes from batches.meta.txt, fine_label_names.txt or coarse_label_names.txt beside them",
		Args: []Option{{Name: "path", Type: String, Doc: "the folder with the batches (data_batch_*.bin or train.bin for train, test_batch.bin or test.bin for test), or one file"}},
		Options: []Option{
			{Name: "coarse", Type: Flag, Runtime: true, Doc: "the 20 classes of CIFAR-100, not its 100"}},
		Example: `train cifar("cifar-10-batches-bin")`, Also: []string{"cifar10", "cifar100"}},
	{Name: "files", Doc: "pictures that a CSV file lists, one a row",
		Args: []Option{{Name: "list", Type: String, Doc: "the CSV file, with a header; a relative path starts at the model file"}},
		Options: []Option{
			{Name: "path", Type: String, Default: `"filename"`, Runtime: true, Doc: "column of the paths"},
			{Name: "class", Type: String, Optional: true, Runtime: true, Doc: "column of the classes; without it, the first folder of a path is its class"},
			{Name: "folder", Type: String, Optional: true, Runtime: true, Doc: "where the paths of the list start; without it, at the CSV file"},
			{Name: "separator", Type: String, Default: `","`, Runtime: true, Doc: "the character between values; \"tab\" is a tabulator"}},
		Example: `train files("photos.csv", path="file", class="species")`, Also: []string{"dataframe", "list"}},
}
