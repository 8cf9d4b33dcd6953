package lang

// Options that several optimizers have.
var (
	weightDecay = Option{Name: "weight_decay", Type: Float, Default: "0", Range: "[0, 1]", Runtime: true,
		Doc: "decoupled decay: w -= w*weight_decay*learning_rate before the update"}
	epsilonOption = Option{Name: "epsilon", Type: Float, Default: "1e-7", Range: "(0, 1]", Runtime: true, Doc: "guard against division by 0"}
	momentum      = Option{Name: "momentum", Type: Float, Default: "0", Range: "[0, 1]", Runtime: true, Doc: "share of the previous step that is kept"}
	beta1         = Option{Name: "beta_1", Type: Float, Default: "0.9", Range: "[0, 1)", Runtime: true, Doc: "decay of the first moment"}
	beta2         = Option{Name: "beta_2", Type: Float, Default: "0.999", Range: "[0, 1)", Runtime: true, Doc: "decay of the second moment"}
	amsgrad       = Option{Name: "amsgrad", Type: Flag, Doc: "never let the second moment shrink (Reddi et al. 2018)"}
	accumulator   = Option{Name: "initial_accumulator_value", Type: Float, Default: "0.1", Range: "[0, inf)", Runtime: true, Doc: "start of the sum of squared gradients"}
)

// everyOptimizer are the options of all of them, besides weight_decay.
var everyOptimizer = []Option{
	{Name: "clipnorm", Type: Float, Range: "(0, inf)", Optional: true, Runtime: true, Doc: "largest norm of the gradient of one weight tensor, penalties included; one clip option at most"},
	{Name: "global_clipnorm", Type: Float, Range: "(0, inf)", Optional: true, Runtime: true, Doc: "largest norm of all gradients together"},
	{Name: "clipvalue", Type: Float, Range: "(0, inf)", Optional: true, Runtime: true, Doc: "largest absolute value of an element of a gradient"},
	{Name: "ema", Type: Float, Range: "(0, 1)", Optional: true, Runtime: true,
		Doc: "momentum of a running average of the weights, a = ema*a + (1-ema)*w after each update; at the end of training it becomes the weights. Validation and `keep best` see the current weights"},
	{Name: "ema_overwrite", Type: Int, Range: "[1, 9007199254740991]", Optional: true, Runtime: true, Doc: "updates after which the average becomes the weights, again and again; needs ema"},
}

// rate is the first argument of every optimizer.
func rate(value, interval string) []Option {
	return []Option{{Name: "learning_rate", Type: Float, Default: value, Range: interval, Runtime: true, Doc: "step size; a schedule starts from it"}}
}

// optimizer is a row: options of its own, then those of all.
func optimizer(e Entry, own ...Option) Entry {
	if e.Args == nil {
		e.Args = rate("0.001", "[0, inf)")
	}
	decay := weightDecay
	if e.Name == "adamw" {
		decay.Default = "0.004"
	}
	e.Options = append(append(own, decay), everyOptimizer...)
	return e
}

// OptimizerTable lists the optimizers. Package optimizer of the runtime has a row
// for each as well, whose numbers, bounds and defaults are the same: a test
// compares them.
var OptimizerTable = []Entry{
	optimizer(Entry{Name: "sgd", Doc: "stochastic gradient descent with momentum",
		Formula: "w -= lr*g;  with momentum: m = momentum*m - lr*g, w += m;  nesterov: w += momentum*m - lr*g",
		Args:    rate("0.01", "[0, inf)"),
		Example: "optimizer sgd(0.1, momentum=0.9, nesterov)", Also: []string{"momentum", "nesterov"}},
		momentum, Option{Name: "nesterov", Type: Flag, Doc: "Nesterov's look-ahead; needs momentum"}),
	optimizer(Entry{Name: "adam", Doc: "adaptive moments (Kingma and Ba 2015), epsilon outside the root of the uncorrected second moment",
		Formula: "m += (1-beta_1)*(g-m);  v += (1-beta_2)*(g^2-v);  w -= lr*sqrt(1-beta_2^t)/(1-beta_1^t) * m/(sqrt(v)+epsilon);  amsgrad: the largest v so far instead of v",
		Example: "optimizer adam(1e-3)"},
		beta1, beta2, epsilonOption, amsgrad),
	optimizer(Entry{Name: "adamw", Doc: "adam with decoupled weight decay (Loshchilov and Hutter 2019)",
		Formula: "w -= w*weight_decay*lr, then adam",
		Example: "optimizer adamw(1e-3, weight_decay=0.01)"},
		beta1, beta2, epsilonOption, amsgrad),
	optimizer(Entry{Name: "rmsprop", Doc: "root mean square propagation (Tieleman and Hinton 2012), epsilon inside the root",
		Formula: "v = rho*v + (1-rho)*g^2;  inc = lr*g/sqrt(v+epsilon);  centered: a = rho*a + (1-rho)*g and v - a^2 instead of v;  w -= inc, or m = momentum*m + inc, w -= m",
		Example: "optimizer rmsprop(1e-3, momentum=0.9)"},
		Option{Name: "rho", Type: Float, Default: "0.9", Range: "[0, 1)", Runtime: true, Doc: "decay of the mean square"},
		momentum, epsilonOption, Option{Name: "centered", Type: Flag, Doc: "divide by the deviation instead of the mean square"}),
	optimizer(Entry{Name: "adagrad", Doc: "step sizes from all past gradients (Duchi et al. 2011), epsilon inside the root",
		Formula: "a += g^2;  w -= lr*g/sqrt(a+epsilon)",
		Example: "optimizer adagrad(0.01)"},
		accumulator, epsilonOption),
	optimizer(Entry{Name: "adadelta", Doc: "adagrad over a window, in units of the weights (Zeiler 2012); the paper's learning rate is 1",
		Formula: "a = rho*a + (1-rho)*g^2;  u = -g*sqrt(d+epsilon)/sqrt(a+epsilon);  d = rho*d + (1-rho)*u^2;  w += lr*u",
		Example: "optimizer adadelta(1)"},
		Option{Name: "rho", Type: Float, Default: "0.95", Range: "[0, 1)", Runtime: true, Doc: "decay of the means"}, epsilonOption),
	optimizer(Entry{Name: "adamax", Doc: "adam with the infinity norm (Kingma and Ba 2015)",
		Formula: "m as adam;  u = max(beta_2*u, |g|);  w -= lr*m/((1-beta_1^t)*(u+epsilon))",
		Example: "optimizer adamax(2e-3)"},
		beta1, beta2, epsilonOption),
	optimizer(Entry{Name: "nadam", Doc: "adam with Nesterov momentum (Dozat 2016)",
		Formula: "u_t = beta_1*(1-0.5*0.96^t);  P = u_1*...*u_t;  m, v as adam;  w -= lr * (u_(t+1)*m/(1-P*u_(t+1)) + (1-u_t)*g/(1-P)) / (sqrt(v/(1-beta_2^t))+epsilon)",
		Example: "optimizer nadam(1e-3)"},
		beta1, beta2, epsilonOption),
	optimizer(Entry{Name: "ftrl", Doc: "follow the regularized leader (McMahan et al. 2013); the first update discards the start values of the weights almost completely",
		Formula: "p = -learning_rate_power;  L2 = l2 + beta/(2*lr);  gs = g + 2*shrinkage*w;  n' = n + g^2;  z += gs - (n'^p - n^p)/lr * w;  w = (clip(z, -l1, l1) - z)/(n'^p/lr + 2*L2)",
		Args:    rate("0.001", "(0, inf)"),
		Example: "optimizer ftrl(0.1, l1_regularization_strength=0.001)"},
		Option{Name: "learning_rate_power", Type: Float, Default: "-0.5", Range: "[-10, 0]", Runtime: true, Doc: "how the learning rate falls with the sum of squared gradients"},
		accumulator,
		Option{Name: "l1_regularization_strength", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "l1 above"},
		Option{Name: "l2_regularization_strength", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "l2 above"},
		Option{Name: "l2_shrinkage_regularization_strength", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "shrinkage above"},
		Option{Name: "beta", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "beta above"}),
	optimizer(Entry{Name: "lion", Doc: "sign of the momentum (Chen et al. 2023); wants a learning rate some ten times smaller than adam's",
		Formula: "w -= lr*sign(beta_1*m + (1-beta_1)*g);  m = beta_2*m + (1-beta_2)*g",
		Example: "optimizer lion(1e-4)"},
		beta1, Option{Name: "beta_2", Type: Float, Default: "0.99", Range: "[0, 1)", Runtime: true, Doc: "decay of the momentum"}),
	optimizer(Entry{Name: "lamb", Doc: "adam with steps in proportion to the norm of each weight tensor (You et al. 2020); weight decay stays outside the ratio",
		Formula: "m, v as adam;  u = (m/(1-beta_1^t)) / (sqrt(v/(1-beta_2^t))+epsilon);  w -= |w|/|u| * lr*u, the ratio being 1 where a norm is 0",
		Example: "optimizer lamb(1e-3)"},
		beta1, beta2, epsilonOption),
	{Name: "adafactor", Later: true, Doc: "adam with a factored second moment"},
}

// Options that several schedules have.
var (
	scheduleLength   = Option{Name: "length", Type: Time, Range: "(0, 9007199254740991]", Optional: true, Runtime: true, Doc: "duration; when not given, that of the training, less the warm-up"}
	requiredLength   = Option{Name: "length", Type: Time, Range: "(0, 9007199254740991]", Runtime: true, Doc: "duration of one decay"}
	decayRate        = Option{Name: "rate", Type: Float, Range: "(0, inf)", Runtime: true, Doc: "strength of the decay"}
	staircase        = Option{Name: "staircase", Type: Flag, Doc: "change at the end of each length only"}
	scheduleFraction = Option{Name: "alpha", Type: Float, Default: "0", Range: "[0, 1]", Runtime: true, Doc: "share of the learning rate that remains"}
)

// ScheduleTable lists the schedules of the learning rate. In formulas i is the
// number of updates done, from 0, and lr the learning rate of the optimizer.
var ScheduleTable = []Entry{
	{Name: "exponential", Doc: "the same factor for each length", Formula: "lr * rate^(i/length)",
		Args: []Option{decayRate, requiredLength}, Options: []Option{staircase}, Example: "schedule exponential(0.9, 1epochs, staircase)"},
	{Name: "inverse_time", Doc: "ever slower decay", Formula: "lr / (1 + rate*i/length)",
		Args: []Option{decayRate, requiredLength}, Options: []Option{staircase}, Example: "schedule inverse_time(0.5, 1000)"},
	{Name: "polynomial", Doc: "down to an end along a power; linear without one", Formula: "(lr-end)*(1 - min(i, length)/length)^power + end",
		Args: []Option{scheduleLength},
		Options: []Option{
			{Name: "end", Type: Float, Default: "1e-4", Range: "[0, inf)", Runtime: true, Doc: "learning rate at the end"},
			{Name: "power", Type: Float, Default: "1", Range: "(0, inf)", Runtime: true, Doc: "exponent"},
			{Name: "cycle", Type: Flag, Doc: "begin again after each length, which grows to the next multiple"}},
		Example: "schedule polynomial(20epochs, end=1e-5)"},
	{Name: "piecewise", Doc: "constant pieces: times and the learning rates behind them; the step of the time itself still has the old one",
		Args:    []Option{{Name: "values", Type: Pairs, Variadic: true, Runtime: true, Doc: "time, learning rate, time, learning rate, ..."}},
		Example: "schedule piecewise(10epochs, 1e-4, 15epochs, 1e-5)"},
	{Name: "per_epoch", Doc: "a learning rate for each epoch, in place of that of the optimizer; the last one stays",
		Args:    []Option{{Name: "rates", Type: Float, Range: "[0, inf)", Variadic: true, Runtime: true, Doc: "of the first epoch, of the second, ..."}},
		Example: "schedule per_epoch(1e-3, 1e-3, 5e-4, 1e-4)", Also: []string{"table"}},
	{Name: "cosine", Doc: "half a wave, after a straight warm-up if there is one (Loshchilov and Hutter 2017)",
		Formula: "lr*((1-alpha)/2*(1 + cos(pi*min(i-warmup, length)/length)) + alpha);  i < warmup: warmup_from + (lr-warmup_from)*i/warmup",
		Args:    []Option{scheduleLength},
		Options: []Option{scheduleFraction,
			{Name: "warmup", Type: Time, Default: "0", Range: "[0, 9007199254740991]", Runtime: true, Doc: "duration of the rise, not part of length"},
			{Name: "warmup_from", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "learning rate of the first step of the rise"}},
		Example: "schedule cosine(30epochs, warmup=1epochs)"},
	{Name: "cosine_restarts", Doc: "half waves, each longer (t_mul) and lower (m_mul) than the one before", Formula: "cosine in each period",
		Args: []Option{requiredLength},
		Options: []Option{
			{Name: "t_mul", Type: Float, Default: "2", Range: "[1, inf)", Runtime: true, Doc: "factor of the period's length"},
			{Name: "m_mul", Type: Float, Default: "1", Range: "(0, inf)", Runtime: true, Doc: "factor of its first learning rate"},
			scheduleFraction},
		Example: "schedule cosine_restarts(5epochs)"},
	{Name: "one_cycle", Doc: "up and down again (Smith and Topin 2018), as PyTorch's OneCycleLR defines it but for the momentum, which stays; the learning rate is the highest",
		Formula: "from lr/divisor to lr at step rise*length-1, then to lr/divisor/final_divisor at step length-1, along half waves",
		Args:    []Option{scheduleLength},
		Options: []Option{
			{Name: "rise", Type: Fraction, Default: "30%", Range: "[0, 1]", Runtime: true, Doc: "share of the length that the rise takes"},
			{Name: "divisor", Type: Float, Default: "25", Range: "[1, inf)", Runtime: true, Doc: "the start is lr/divisor"},
			{Name: "final_divisor", Type: Float, Default: "1e4", Range: "[1, inf)", Runtime: true, Doc: "the end is that divided by final_divisor"},
			{Name: "linear", Type: Flag, Doc: "along straight lines"},
			{Name: "three_phases", Type: Flag, Doc: "fall to the start as fast as it rose, then to the end"}},
		Example: "schedule one_cycle"},
}

// ConstraintTable lists limits of weights. The norm is that of the weights of one
// output: of a kernel over all axes but the last, of a bias over all of it.
var ConstraintTable = []Entry{
	{Name: "max_norm", Doc: "norm of at most max", Formula: "w * min(norm, max)/(1e-7 + norm)",
		Args:    []Option{{Name: "max", Type: Float, Default: "2", Range: "[0, inf)", Doc: "largest norm"}},
		Example: "dense 8 constraint=max_norm(3)", Also: []string{"maxnorm"}},
	{Name: "non_neg", Doc: "no weight below 0", Formula: "max(w, 0)", Example: "dense 8 constraint=non_neg", Also: []string{"nonneg"}},
	{Name: "unit_norm", Doc: "norm 1", Formula: "w / (1e-7 + norm)", Example: "dense 8 constraint=unit_norm", Also: []string{"unitnorm"}},
	{Name: "min_max_norm", Doc: "norm between min and max, approached by rate", Formula: "w * (rate*min(max(norm, min), max) + (1-rate)*norm)/(1e-7 + norm)",
		Args: []Option{
			{Name: "min", Type: Float, Default: "0", Range: "[0, inf)", Doc: "smallest norm"},
			{Name: "max", Type: Float, Default: "1", Range: "[0, inf)", Doc: "largest norm"},
			{Name: "rate", Type: Float, Default: "1", Range: "[0, 1]", Doc: "share of the way that one update goes"}},
		Example: "dense 8 constraint=min_max_norm(0.5, 2)", Also: []string{"minmaxnorm"}},
}
