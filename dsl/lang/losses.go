package lang

// Options that losses share.
var (
	smoothing  = Option{Name: "label_smoothing", Type: Float, Default: "0", Range: "[0, 1)", Doc: "share a of the target that is spread over all classes: t*(1-a) + a/classes"}
	halfSmooth = Option{Name: "label_smoothing", Type: Float, Default: "0", Range: "[0, 1)", Doc: "moves the target towards one half: t*(1-a) + a/2"}
	fromLogits = Option{Name: "from_logits", Type: Flag, Doc: "the scores are logits: the network ends without activation"}
	focalAlpha = Option{Name: "alpha", Type: Float, Default: "0.25", Range: "[0, 1]", Doc: "factor; of binary classes that of the class 1, the other having 1-alpha"}
	focalGamma = Option{Name: "gamma", Type: Float, Default: "2", Range: "[0, 10]", Doc: "how much examples that are nearly right count less"}
)

// LossTable lists the losses. t is the target, p the score, z a logit, K the
// number of scores.
var LossTable = []Entry{
	{Name: "crossentropy", Doc: "binary_crossentropy for a network with one score, categorical_crossentropy for one with more", Example: "loss crossentropy",
		Options: []Option{smoothing, fromLogits}, Also: []string{"ce", "cross_entropy"}},
	{Name: "categorical_crossentropy", Doc: "crossentropy of one class among several; computed from the logits of a final softmax",
		Formula: "-sum of t*ln(p/sum of p)", Example: "loss categorical_crossentropy",
		Options: []Option{smoothing, fromLogits}},
	{Name: "sparse_categorical_crossentropy", Doc: "the same for targets that are the numbers of classes, as those of all data here are", Formula: "-ln(p[t])", Example: "loss sparse_categorical_crossentropy",
		Options: []Option{fromLogits}},
	{Name: "binary_crossentropy", Doc: "crossentropy of scores that each stand for two classes, 0 and 1; computed from the logits of a final sigmoid",
		Formula: "mean of -t*ln(p) - (1-t)*ln(1-p)", Example: "loss binary_crossentropy",
		Options: []Option{halfSmooth, fromLogits}, Also: []string{"bce", "log_loss"}},
	{Name: "categorical_focal_crossentropy", Doc: "crossentropy of one class among several that stresses hard examples (Lin et al. 2017)",
		Formula: "sum of alpha * (1-p)^gamma * -t*ln(p)", Example: "loss categorical_focal_crossentropy(gamma=1)",
		Options: []Option{focalAlpha, focalGamma, smoothing, fromLogits}, Also: []string{"focal"}},
	{Name: "binary_focal_crossentropy", Doc: "the same for two classes",
		Formula: "mean of (1-pt)^gamma * crossentropy, pt the probability of the target", Example: "loss binary_focal_crossentropy(gamma=1)",
		Options: []Option{focalAlpha, focalGamma,
			{Name: "apply_class_balancing", Type: Flag, Doc: "weigh the two classes with alpha and 1-alpha"}, halfSmooth, fromLogits}},
	{Name: "mean_squared_error", Doc: "mean of squared errors over the scores", Formula: "mean of (t-p)^2", Example: "loss mean_squared_error", Also: []string{"mse", "l2"}},
	{Name: "mean_absolute_error", Doc: "mean of absolute errors", Formula: "mean of |t-p|", Example: "loss mean_absolute_error", Also: []string{"mae", "l1"}},
	{Name: "mean_absolute_percentage_error", Doc: "mean of errors relative to the target, in per cent", Formula: "100 * mean of |t-p| / max(|t|, 1e-7)", Example: "loss mean_absolute_percentage_error", Also: []string{"mape"}},
	{Name: "mean_squared_logarithmic_error", Doc: "squared error of logarithms; negative scores and targets count as 1e-7", Formula: "mean of (ln(t+1) - ln(p+1))^2", Example: "loss mean_squared_logarithmic_error", Also: []string{"msle"}},
	{Name: "huber", Doc: "squared for small errors, linear for large ones", Formula: "e = p-t; e^2/2 while |e| <= delta, else delta*|e| - delta^2/2", Example: "loss huber(0.5)",
		Args: []Option{{Name: "delta", Type: Float, Default: "1", Range: "(0, inf)", Doc: "the error at which one becomes the other"}}},
	{Name: "log_cosh", Doc: "like half the squared error for small errors, like the absolute one for large ones", Formula: "mean of ln(cosh(p-t))", Example: "loss log_cosh", Also: []string{"logcosh"}},
	{Name: "cosine_similarity", Doc: "minus the cosine of the angle between scores and target", Formula: "-sum of t*p / (norm of t * norm of p)", Example: "loss cosine_similarity"},
	{Name: "kl_divergence", Doc: "Kullback-Leibler divergence", Formula: "sum of t*ln(t/p)", Example: "loss kl_divergence", Also: []string{"kld", "kullback_leibler_divergence"}},
	{Name: "poisson", Doc: "Poisson likelihood of counts", Formula: "mean of p - t*ln(p)", Example: "loss poisson"},
	{Name: "hinge", Doc: "margin loss; targets are -1 and 1, and a target 0 counts as -1", Formula: "mean of max(1 - t*p, 0)", Example: "loss hinge"},
	{Name: "squared_hinge", Doc: "its square", Formula: "mean of max(1 - t*p, 0)^2", Example: "loss squared_hinge"},
	{Name: "categorical_hinge", Doc: "margin between the score of the class and the largest of the others", Formula: "max(1 + largest other p - p of the class, 0)", Example: "loss categorical_hinge"},
	{Name: "dice", Doc: "how little scores and target overlap, over the scores of each example", Formula: "1 - 2*sum of t*p / (sum of t + sum of p)", Example: "loss dice"},
	{Name: "tversky", Doc: "the same with factors for false positives and false negatives", Formula: "1 - tp / (tp + alpha*fp + beta*fn)", Example: "loss tversky(alpha=0.3, beta=0.7)",
		Options: []Option{
			{Name: "alpha", Type: Float, Default: "0.5", Range: "[0, 100]", Doc: "weight of false positives"},
			{Name: "beta", Type: Float, Default: "0.5", Range: "[0, 100]", Doc: "weight of false negatives"}}},
}
