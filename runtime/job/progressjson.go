package job

import (
	"encoding/json"
	"time"

	"github.com/cnnc/cnnc/runtime/train"
)

// jsonProgress writes one JSON object an event, for programs. Batches come at
// most ten times a second.
type jsonProgress struct {
	e     *json.Encoder
	batch time.Time
}

// jsonEvent is the form of all events; numbers of epochs and batches count from
// 1, as people do.
type jsonEvent struct {
	Event      string            `json:"event"`
	Epoch      int               `json:"epoch,omitempty"`
	Epochs     int               `json:"epochs,omitempty"`
	Batch      int               `json:"batch,omitempty"`
	Batches    int               `json:"batches,omitempty"`
	Examples   int               `json:"examples,omitempty"`
	Validation int               `json:"validation,omitempty"`
	Workers    int               `json:"workers,omitempty"`
	Done       int               `json:"done,omitempty"`
	Total      int               `json:"total,omitempty"`
	Step       int               `json:"step,omitempty"`
	Seconds    float64           `json:"seconds,omitempty"`
	Rate       float64           `json:"examples_per_second,omitempty"`
	Waiting    float64           `json:"waiting_share,omitempty"`
	Best       bool              `json:"best,omitempty"`
	Path       string            `json:"path,omitempty"`
	Text       string            `json:"text,omitempty"`
	Logs       map[string]Number `json:"logs,omitempty"`
}

// Number is a float64 that JSON keeps whatever it is.
type Number = train.Number

func logsJSON(logs []train.Log) map[string]Number {
	m := make(map[string]Number, len(logs))
	for _, l := range logs {
		m[l.Name] = Number(l.Value)
	}
	return m
}

func (p *jsonProgress) Observe(e train.Event) {
	var out jsonEvent
	switch e := e.(type) {
	case *train.RunBegin:
		out = jsonEvent{Event: "begin", Epoch: e.Epoch + 1, Batch: e.Batch + 1, Epochs: e.Epochs, Batches: e.Batches, Examples: e.Examples, Validation: e.Validation, Workers: e.Workers}
	case *train.EpochBegin:
		out = jsonEvent{Event: "epoch_begin", Epoch: e.Epoch + 1, Epochs: e.Epochs, Batch: e.Batch + 1, Batches: e.Batches}
	case *train.BatchEnd:
		if time.Since(p.batch) < liveEvery {
			return
		}
		p.batch = time.Now()
		out = jsonEvent{Event: "batch", Epoch: e.Epoch + 1, Epochs: e.Epochs, Batch: e.Batch + 1, Batches: e.Batches, Examples: e.Seen, Rate: perSecond(e.Seen, e.Wait+e.Work), Waiting: waitShare(e.Wait, e.Work), Logs: logsJSON(e.Logs)}
	case *train.Evaluated:
		if time.Since(p.batch) < liveEvery && e.Done < e.Total {
			return
		}
		p.batch = time.Now()
		out = jsonEvent{Event: "evaluated", Done: e.Done, Total: e.Total}
	case *train.EpochEnd:
		out = jsonEvent{Event: "epoch", Epoch: e.Epoch + 1, Epochs: e.Epochs, Seconds: e.Elapsed.Seconds(), Rate: perSecond(e.Seen, e.Wait+e.Work), Waiting: waitShare(e.Wait, e.Work), Best: e.Best, Logs: logsJSON(e.Logs)}
	case *train.CheckpointWritten:
		out = jsonEvent{Event: "checkpoint", Path: e.Path, Step: e.Step, Seconds: e.Elapsed.Seconds()}
	case *train.Note:
		out = jsonEvent{Event: "note", Text: e.Text}
	default:
		return
	}
	p.e.Encode(out) // a broken pipe must not end the training
}

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}
