package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"unicode"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/weights"
)

// identity is what must not change between a run and its continuation: with
// another seed, batch or learning rate it would be a different run.
type identity struct {
	// Train is the train section without Epochs and Stop: a run may be prolonged
	// and its rules for stopping changed.
	Train   config.Train
	Scalars []float32
	// ClassWeights are those in use, by label; nil for none.
	ClassWeights []float64 `json:",omitempty"`
	// Data identifies the training and validation data, see Options.DataID.
	Data string
	// Examples and Validation are numbers of examples, Batch that of a batch.
	Examples, Validation, Batch int
	// ScheduleSteps is the length of the schedule, which is that of the run where
	// the file says none.
	ScheduleSteps float64
}

// state is everything the rest of a run depends on besides the vectors. What
// follows from the history, the counters of early stopping, which epoch was best
// and which have files, is not kept but computed again from it: the rules for
// stopping may be others then.
type state struct {
	Version  int
	Identity identity
	// Epoch and Batch are the position, from 0. Batch may be the number of
	// batches of the epoch: then its training is done and validation comes next.
	Epoch, Batch int
	// Begun says that the hooks of the epoch's beginning have been called.
	Begun     bool
	Optimizer optimizer.State
	// Rate is the learning rate where no schedule determines it, RateSet that a
	// hook has changed it.
	Rate    Number
	RateSet bool
	// Plateau is nil without a rule that reduces the learning rate.
	Plateau *plateauState
	// Held is the epoch of the vector held, -1 when there is none.
	Held int
	// HookStop is why a hook ended the run, "" otherwise.
	HookStop string
	Totals   savedTotals
	History  History
	// MetricsSize is the length of metrics.jsonl.
	MetricsSize int64
}

// stateVersion changes when an older state can no longer be continued exactly.
const stateVersion = 3

// savedTotals is totals in exact JSON.
type savedTotals struct {
	Examples int
	Loss     Number
	Metrics  [][]Number // the state of each
}

const (
	stateKey      = "state"   // metadata key of the JSON of state
	bestVector    = "best"    // name of the best weights so far
	heldVector    = "held"    // name of the weights that early stopping brings back
	averageVector = "average" // name of the running average of the weights
)

func slotVector(k int) string { return fmt.Sprintf("optimizer.%d", k) }

// writeCheckpoint replaces the checkpoint. A checkpoint is a weight file of the
// current parameters with the optimizer's state and the best weights as further
// vectors and the rest of the state as metadata, so the checks of package weights
// hold for it too.
func writeCheckpoint(name string, net *model.Network, e *engine, bestParams, heldParams []float32, s *state, o weights.Options) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	o.Metadata = map[string]string{stateKey: string(text)}
	for k, slot := range e.updater.slots {
		o.Also = append(o.Also, weights.Vector{Name: slotVector(k), Packed: slot})
	}
	if e.updater.average != nil {
		o.Also = append(o.Also, weights.Vector{Name: averageVector, Packed: e.updater.average})
	}
	if bestParams != nil {
		o.Also = append(o.Also, weights.Vector{Name: bestVector, Packed: bestParams})
	}
	if heldParams != nil {
		o.Also = append(o.Also, weights.Vector{Name: heldVector, Packed: heldParams})
	}
	return weights.Save(name, net, e.params, o)
}

// checkpoint is what readCheckpoint found.
type checkpoint struct {
	state  state
	params []float32
	slots  [][]float32
	best   []float32 // nil when no epoch has been kept yet
	held   []float32 // nil when none is held
	// average is nil when the run keeps none.
	average []float32
}

// readCheckpoint reads and checks a checkpoint. It returns nil when there is none.
func readCheckpoint(name string, net *model.Network) (*checkpoint, error) {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	f, err := weights.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*checkpoint, error) { return nil, fmt.Errorf("%s: %w", name, err) }
	c := &checkpoint{}
	if c.params, _, err = weights.Decode(f, net); err != nil {
		return fail(err)
	}
	text, ok := f.Metadata[stateKey]
	if !ok {
		return fail(errors.New("not a checkpoint: a weight file without the state of a run"))
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c.state); err != nil {
		return fail(fmt.Errorf("state of the run: %w", err))
	}
	if c.state.Version != stateVersion {
		return fail(fmt.Errorf("written by another version of cnnc (state version %d, this one reads %d)", c.state.Version, stateVersion))
	}
	for k := range net.Slots {
		slot, err := weights.DecodeVector(f, net, slotVector(k))
		if err == nil && slot == nil {
			err = fmt.Errorf("there is no vector %s", slotVector(k))
		}
		if err != nil {
			return fail(err)
		}
		c.slots = append(c.slots, slot)
	}
	if c.best, err = weights.DecodeVector(f, net, bestVector); err != nil {
		return fail(err)
	}
	if c.held, err = weights.DecodeVector(f, net, heldVector); err != nil {
		return fail(err)
	}
	if c.average, err = weights.DecodeVector(f, net, averageVector); err != nil {
		return fail(err)
	}
	s := &c.state
	if s.Epoch < 0 || s.Batch < 0 || s.Optimizer.Steps < 0 || len(s.History) != s.Epoch ||
		(s.Held >= 0) != (c.held != nil) || s.Held >= s.Epoch || !(s.Rate >= 0) ||
		(s.Plateau != nil) != (s.Identity.Train.Reduce != nil) {
		return fail(errors.New("the state of the run contradicts itself"))
	}
	return c, nil
}

// identify strips what may change from a run's settings.
func identify(c config.Train, scalars []float32, dataID string, data, val Data) identity {
	c.Epochs, c.Stop = 0, nil
	if len(c.Metrics) == 0 {
		c.Metrics = nil
	}
	id := identity{Train: c, Scalars: scalars, Data: dataID, Examples: data.Len(), Batch: data.BatchSize()}
	if len(scalars) == 0 {
		id.Scalars = nil
	}
	if val != nil {
		id.Validation = val.Len()
	}
	return id
}

// differs names the first setting in which two runs differ, "" if none.
func (a *identity) differs(b *identity, scalarNames []model.Scalar) string {
	if len(a.Scalars) == len(b.Scalars) && len(a.Scalars) == len(scalarNames) {
		for i := range a.Scalars {
			if a.Scalars[i] != b.Scalars[i] {
				return fmt.Sprintf("%s was %g, now it is %g", scalarNames[i].Name, a.Scalars[i], b.Scalars[i])
			}
		}
	}
	// Numbers tell more than a fingerprint, which comes last.
	x, y := *a, *b
	x.Data, y.Data = "", ""
	if d := firstDifference("", reflect.ValueOf(x), reflect.ValueOf(y)); d != "" {
		return d
	}
	if a.Data != b.Data {
		return "the data, or the way it is prepared, changed (other pictures, classes, split, size, colour, rescale or on_error)"
	}
	return ""
}

// firstDifference walks two structs of the same type. It names a field by its
// path, in words: "optimizer learning rate".
func firstDifference(name string, a, b reflect.Value) string {
	if a.Kind() == reflect.Struct {
		for i := range a.NumField() {
			field := words(a.Type().Field(i).Name)
			switch {
			case field == "train":
				field = name
			case name != "":
				field = name + " " + field
			}
			if d := firstDifference(field, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
		return ""
	}
	if x, ok := a.Interface().([]config.Number); ok {
		return numberDifference(strings.TrimSuffix(name, "numbers"), x, b.Interface().([]config.Number))
	}
	ja, errA := json.Marshal(a.Interface())
	jb, errB := json.Marshal(b.Interface())
	if errA == nil && errB == nil && bytes.Equal(ja, jb) {
		return ""
	}
	return fmt.Sprintf("%s was %s, now it is %s", name, ja, jb)
}

// numberDifference names the first number in which two lists differ.
func numberDifference(of string, a, b []config.Number) string {
	text := func(list []config.Number, i int) (name, value string) {
		switch {
		case i >= len(list):
			return "", "not set"
		case list[i].Epochs:
			return list[i].Name, fmt.Sprintf("%v epochs", list[i].Value)
		}
		return list[i].Name, fmt.Sprint(list[i].Value)
	}
	for i := range max(len(a), len(b)) {
		nameA, was := text(a, i)
		nameB, is := text(b, i)
		switch {
		case nameA == nameB && was == is:
			continue
		case nameA == nameB:
		case nameA == "" || len(b) > len(a):
			nameA, was = nameB, "not set"
		default:
			is = "not set"
		}
		return fmt.Sprintf("%s%s was %s, now it is %s", of, strings.ReplaceAll(nameA, "_", " "), was, is)
	}
	return ""
}

// words takes the name of a field apart: LearningRate is "learning rate".
func words(field string) string {
	var b strings.Builder
	for i, r := range field {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
