package lang

// Options that metrics share.
var (
	threshold = Option{Name: "threshold", Type: Float, Optional: true, Runtime: true,
		Doc: "the score above which the answer is yes; 0.5, or 0 where scores are logits or margins"}
	oneClass = Option{Name: "class", Type: Int, Optional: true, Range: "[0, 9007199254740991]", Runtime: true,
		Doc: "the number of one class to look at, from 0"}
	firstK = Option{Name: "top_k", Type: Int, Optional: true, Range: "[1, 65536]", Runtime: true,
		Doc: "the k largest scores count as yes"}
)

// average says how the classes become one number.
func average(otherwise string) Option {
	return Option{Name: "average", Type: Choice, Choices: []string{"micro", "macro", "weighted"}, Default: otherwise, Runtime: true,
		Doc: "micro counts all classes together, macro is the mean of the classes, weighted the mean by their examples"}
}

// MetricTable lists what can be measured besides the loss, which always is. All
// are exact over the epoch, and none is weighted.
var MetricTable = []Entry{
	{Name: "accuracy", Doc: "share of examples whose largest score is the true class; of one score, that lie on the right side of the threshold", Example: "metrics accuracy",
		Also: []string{"acc", "sparse_categorical_accuracy"}},
	{Name: "binary_accuracy", Doc: "share of scores on the right side of the threshold", Options: []Option{threshold}, Example: "metrics binary_accuracy(threshold=0.3)"},
	{Name: "categorical_accuracy", Doc: "share of examples whose largest score is the true class", Example: "metrics categorical_accuracy"},
	{Name: "top_k", Doc: "share of examples whose true class is among the k largest scores; ties at the border count as inside",
		Args:    []Option{{Name: "k", Type: Int, Default: "5", Range: "[1, 65536]", Runtime: true, Doc: "how many"}},
		Example: "metrics top_k(2)", Also: []string{"top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"}},
	{Name: "precision", Doc: "share of the yeses that are right", Formula: "tp/(tp+fp)", Options: []Option{threshold, oneClass, average("micro"), firstK}, Example: "metrics precision"},
	{Name: "recall", Doc: "share of the true ones that are found", Formula: "tp/(tp+fn)", Options: []Option{threshold, oneClass, average("micro"), firstK}, Example: "metrics recall(class=1)", Also: []string{"sensitivity"}},
	{Name: "f1", Doc: "harmonic mean of precision and recall; without a threshold the class of the largest score is the yes", Formula: "2*precision*recall/(precision+recall)",
		Options: []Option{threshold, oneClass, average("macro")}, Example: "metrics f1", Also: []string{"f1_score"}},
	{Name: "fbeta", Doc: "the same with recall beta times as important", Formula: "(1+beta^2)*precision*recall/(beta^2*precision+recall)",
		Args:    []Option{{Name: "beta", Type: Float, Default: "1", Range: "[1e-3, 1000]", Runtime: true, Doc: "weight of recall"}},
		Options: []Option{threshold, oneClass, average("macro")}, Example: "metrics fbeta(2)", Also: []string{"fbeta_score"}},
	{Name: "auc", Doc: "area under the curve of true over false positives (roc), or of precision over recall (pr); exact, with every score as a threshold, for which all scores of an epoch are kept",
		Options: []Option{
			{Name: "curve", Type: Choice, Choices: []string{"roc", "pr"}, Default: "roc", Runtime: true, Doc: "which curve"},
			{Name: "thresholds", Type: Int, Optional: true, Range: "[2, 65536]", Runtime: true, Doc: "evenly spaced thresholds instead, as in Keras, whose default is 200"},
			oneClass},
		Example: "metrics auc(curve=pr)"},
	{Name: "mean_squared_error", Doc: "mean of squared errors", Formula: "mean of (t-p)^2", Example: "metrics mean_squared_error", Also: []string{"mse"}},
	{Name: "mean_absolute_error", Doc: "mean of absolute errors", Formula: "mean of |t-p|", Example: "metrics mean_absolute_error", Also: []string{"mae"}},
	{Name: "root_mean_squared_error", Doc: "root of the mean of squared errors", Formula: "sqrt(mean of (t-p)^2)", Example: "metrics root_mean_squared_error", Also: []string{"rmse"}},
	{Name: "mean_absolute_percentage_error", Doc: "mean of errors relative to the target, in per cent", Example: "metrics mean_absolute_percentage_error", Also: []string{"mape"}},
	{Name: "mean_squared_logarithmic_error", Doc: "mean of squared errors of logarithms", Example: "metrics mean_squared_logarithmic_error", Also: []string{"msle"}},
	{Name: "log_cosh", Doc: "mean of ln(cosh(error))", Example: "metrics log_cosh", Also: []string{"logcosh"}},
	{Name: "cosine_similarity", Doc: "cosine of the angle between scores and target: 1 for the same direction", Example: "metrics cosine_similarity"},
	{Name: "r2", Doc: "coefficient of determination, the mean over the scores", Formula: "1 - sum of (t-p)^2 / sum of (t-mean of t)^2", Example: "metrics r2", Also: []string{"r2_score"}},
	{Name: "crossentropy", Doc: "binary or categorical crossentropy, as the network has one score or more; without smoothing and weights", Example: "metrics crossentropy", Also: []string{"ce"}},
	{Name: "binary_crossentropy", Doc: "crossentropy of scores that each stand for two classes", Example: "metrics binary_crossentropy", Also: []string{"bce"}},
	{Name: "categorical_crossentropy", Doc: "crossentropy of one class among several", Example: "metrics categorical_crossentropy", Also: []string{"sparse_categorical_crossentropy"}},
	{Name: "kl_divergence", Doc: "Kullback-Leibler divergence", Example: "metrics kl_divergence", Also: []string{"kld"}},
	{Name: "poisson", Doc: "Poisson likelihood", Example: "metrics poisson"},
}
