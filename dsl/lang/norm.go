package lang

// normOptions are the options of every normalization.
func normOptions(more ...Option) []Option {
	return append(append([]Option{
		{Name: "activation", Type: Func, Of: Activations, Default: "linear", Bare: true, Doc: "applied to the result; written as a bare word"},
		{Name: "epsilon", Type: Float, Default: "0.001", Range: "[1e-12, 1]", Doc: "added to the variance"},
		{Name: "noscale", Type: Flag, Doc: "no gamma"},
		{Name: "nocenter", Type: Flag, Doc: "no beta"},
	}, more...), []Option{
		{Name: "gamma_init", Type: Func, Of: Initializers, Default: "ones", Doc: "start values of gamma"},
		{Name: "beta_init", Type: Func, Of: Initializers, Default: "zeros", Doc: "start values of beta"},
		{Name: "gamma_l1", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty gamma_l1*sum(|gamma|)"},
		{Name: "gamma_l2", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty gamma_l2*sum(gamma^2)"},
		{Name: "beta_l1", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty beta_l1*sum(|beta|)"},
		{Name: "beta_l2", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty beta_l2*sum(beta^2)"},
		{Name: "trainable", Type: Bool, Default: "true", Doc: "false freezes gamma and beta; batchnorm then normalizes with its moving statistics and does not update them"},
	}...)
}

// normLayers are the normalizations.
var normLayers = []Entry{
	{Name: "batchnorm", Doc: "normalizes each channel with mean and variance over the examples, rows and columns of the whole batch, in inference with moving ones; behind a conv or dense without bias it costs nothing in inference",
		Formula: "out = gamma[c] * (in - mean[c]) / sqrt(variance[c] + epsilon) + beta[c]; moving = momentum*moving + (1-momentum)*batch, variance biased",
		Options: normOptions(
			Option{Name: "momentum", Type: Float, Default: "0.99", Range: "[0, 1]", Doc: "what the moving statistics keep of their old value in each step"},
			Option{Name: "mean_init", Type: Func, Of: Initializers, Default: "zeros", Doc: "start values of the moving mean"},
			Option{Name: "variance_init", Type: Func, Of: Initializers, Default: "ones", Doc: "start values of the moving variance"},
		),
		Example: "batchnorm momentum=0.9 relu", Also: []string{"batch_norm", "batchnormalization", "bn"}},

	{Name: "layernorm", Doc: "normalizes the channels of each pixel, or the elements of a vector, of each example",
		Formula: "out = gamma[c] * (in - mean[n,y,x]) / sqrt(variance[n,y,x] + epsilon) + beta[c]",
		Options: normOptions(),
		Example: "layernorm", Also: []string{"layer_norm", "layernormalization"}},

	{Name: "groupnorm", Doc: "normalizes all pixels of each group of channels, of each example; -1 makes every channel a group: instance normalization",
		Formula: "out = gamma[c] * (in - mean[n,g]) / sqrt(variance[n,g] + epsilon) + beta[c], g = floor(c / (C/groups))",
		Args:    []Option{{Name: "groups", Type: Int, Default: "32", Range: "[-1, 65536]", Doc: "number of groups, a divisor of the channels; -1: as many as channels"}},
		Options: normOptions(),
		Example: "groupnorm -1 relu", Also: []string{"group_norm", "groupnormalization", "instancenorm", "instance_norm"}},
}
