package rows

import (
	"math"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/weights"
)

const prepared = `{"version":1,"columns":[
	{"name":"age","kind":"numeric","center":40,"scale":10,"fill":30},
	{"name":"gender","kind":"categorical","encode":"onehot","categories":["f","m"]}]}`

func loaded(t *testing.T, rows string) *Net {
	t.Helper()
	net := &Net{}
	if err := net.prepare(&weights.Preparation{Table: rows}); err != nil {
		t.Fatal(err)
	}
	return net
}

func TestRows(t *testing.T) {
	first := loaded(t, prepared)
	net := &Net{}
	net.share(&first.example)
	for _, tt := range []struct {
		row    Row
		record []string
		want   [3]float32
	}{
		{Row{50, "m"}, []string{"50", " m "}, [3]float32{1, 0, 1}},
		{Row{math.NaN(), "f"}, []string{"NA", "f"}, [3]float32{-1, 1, 0}},
	} {
		got, err := net.PredictRow(&tt.row)
		if err != nil || *got != tt.want {
			t.Errorf("%+v: %v, %v, want %v", tt.row, got, err, tt.want)
		}
		got, err = net.PredictRecord(tt.record)
		if err != nil || *got != tt.want {
			t.Errorf("%q: %v, %v, want %v", tt.record, got, err, tt.want)
		}
	}
	row := Row{60, "f"}
	if label, score, err := net.ClassifyRow(&row); label != "first" || score != 2 || err != nil {
		t.Errorf("%s, %v, %v", label, score, err)
	}
	if label, score, err := net.ClassifyRecord([]string{"30", "m"}); label != "third" || score != 1 || err != nil {
		t.Errorf("%s, %v, %v", label, score, err)
	}
	if got := strings.Join(net.Columns(), " "); got != "age gender" {
		t.Errorf("columns %s", got)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = net.PredictRow(&row) }); n != 0 {
		t.Errorf("PredictRow allocates %v times", n)
	}
}

func TestRowsOfRegression(t *testing.T) {
	net := loaded(t, strings.Replace(prepared, `]}]}`, `]}],"targets":[
		{"name":"a","kind":"numeric","center":5,"scale":2},{"name":"b","kind":"numeric","scale":1},{"name":"c","kind":"numeric","scale":10}]}`, 1))
	got, err := net.PredictRow(&Row{50, "m"})
	if err != nil || *got != [3]float32{7, 0, 10} {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRowErrors(t *testing.T) {
	var empty Net
	if _, err := empty.PredictRow(&Row{}); err != errNoRows {
		t.Error(err)
	}
	if _, err := empty.PredictRecord(nil); err != errNoRows || empty.Columns() != nil {
		t.Error(err)
	}
	for rows, want := range map[string]string{
		"":                                       "do not say how rows are prepared",
		"{":                                      "not readable",
		strings.Replace(prepared, `"f",`, "", 1): "a row becomes age + gender one-hot 1 = 2 values, and the input takes 3",
		strings.Replace(prepared, `]}]}`, `]}],"targets":[{"name":"a","kind":"numeric","scale":2}]}`, 1): "predict 1 numbers",
	} {
		if err := new(Net).prepare(&weights.Preparation{Table: rows}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	net := loaded(t, prepared)
	if _, err := net.PredictRow(&Row{1, "x"}); err == nil || !strings.Contains(err.Error(), `sample: column "gender": unknown category "x"`) {
		t.Error(err)
	}
	if _, _, err := net.ClassifyRow(&Row{1, ""}); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Error(err)
	}
	if _, _, err := net.ClassifyRecord([]string{"1"}); err == nil || !strings.Contains(err.Error(), "a row of 1 values, want 2: age, gender") {
		t.Error(err)
	}
	other := loaded(t, strings.Replace(prepared, `"age"`, `"years"`, 1))
	if _, err := other.PredictRow(&Row{1, "f"}); err == nil || !strings.Contains(err.Error(), `without the column "age"`) {
		t.Error(err)
	}
	more := loaded(t, strings.Replace(strings.Replace(prepared, `"f",`, "", 1), `]}]}`, `]},{"name":"more","kind":"numeric","scale":1}]}`, 1))
	if _, err := more.PredictRow(&Row{1, "m"}); err == nil || !strings.Contains(err.Error(), `a column "more" besides`) {
		t.Error(err)
	}
}
