package optimizertest

import "github.com/cnnc/cnnc/runtime/config"

// Gradients of the three updates; the weight starts as 1.
var Gradients = []float32{0.1, -0.2, 0.3}

// Trajectory is the weight after each update.
type Trajectory struct {
	Name      string
	Optimizer config.Optimizer
	Want      [3]float64
}

// Trajectories has every row of the specification's table but that of Adafactor.
var Trajectories = []Trajectory{
	row("sgd", "sgd", 0.01, [3]float64{0.999, 1.001, 0.998}),
	row("sgd momentum", "sgd", 0.01, [3]float64{0.999, 1.0001, 0.99809}, config.Number{Name: "momentum", Value: 0.9}),
	row("sgd nesterov", "sgd", 0.01, [3]float64{0.9981, 1.00109, 0.996281}, config.Number{Name: "momentum", Value: 0.9}, config.Number{Name: "nesterov", Value: 1}),
	row("rmsprop", "rmsprop", 0.001, [3]float64{0.996837880, 0.999694994, 0.997104365}),
	row("rmsprop momentum", "rmsprop", 0.001, [3]float64{0.996837880, 0.996849087, 0.994268543}, config.Number{Name: "momentum", Value: 0.9}),
	row("rmsprop centered", "rmsprop", 0.001, [3]float64{0.996666852, 0.999559908, 0.996929351}, config.Number{Name: "centered", Value: 1}),
	row("adagrad", "adagrad", 0.001, [3]float64{0.999698489, 1.000214886, 0.999602514}),
	row("adadelta", "adadelta", 0.001, [3]float64{0.999998586, 1.000000384, 0.999998219}),
	row("adam", "adam", 0.001, [3]float64{0.999000032, 0.999366130, 0.999022892}),
	row("amsgrad", "adam", 0.001, [3]float64{0.999000032, 0.999366130, 0.999022892}, config.Number{Name: "amsgrad", Value: 1}),
	row("adamw", "adamw", 0.001, [3]float64{0.998996032, 0.999358134, 0.999010898}),
	row("adamax", "adamax", 0.001, [3]float64{0.999000001, 0.999289475, 0.999042242}),
	row("nadam", "nadam", 0.001, [3]float64{0.998937213, 0.999818878, 0.998987156}),
	row("ftrl", "ftrl", 0.001, [3]float64{0.046235899, 0.046752297, 0.046139925}),
	row("ftrl l1", "ftrl", 0.001, [3]float64{0.046205748, 0.046722146, 0.046109774}, config.Number{Name: "l1_regularization_strength", Value: 0.01}),
	row("lion", "lion", 0.001, [3]float64{0.999, 1, 0.999}),
	row("lamb", "lamb", 0.001, [3]float64{0.999, 0.999999, 0.998999001}),
}

func row(name, optimizer string, rate float64, want [3]float64, numbers ...config.Number) Trajectory {
	return Trajectory{name, config.Optimizer{Name: optimizer, LearningRate: rate, Numbers: numbers}, want}
}
