package rows

// What codegen declares for a network; here, for one that gives back its input,
// three values of the columns age (one value) and gender (two).
const (
	Height    = 1
	Width     = 1
	Channels  = 3
	Outputs   = 3
	modelName = "sample"
)

// Net is what skeleton/net.go declares.
type Net struct {
	scores [Outputs]float32
	example
}

// Predict gives back the input.
func (net *Net) Predict(x *[Height * Width * Channels]float32) *[Outputs]float32 {
	net.scores = *x
	return &net.scores
}

// decide is that of skeleton/decide.go for the largest of three scores.
func decide(scores *[Outputs]float32) (class int, score float32) {
	for i, s := range scores {
		if s > scores[class] {
			class = i
		}
	}
	return class, scores[class]
}

func (net *Net) label(class int) string { return [...]string{"first", "second", "third"}[class] }

// Row is a row of the table.
type Row struct {
	Age    float64
	Gender string
}

func (row *Row) encode(e *encoder) {
	e.number("age", row.Age)
	e.category("gender", row.Gender)
}
