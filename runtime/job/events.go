package job

import (
	"encoding/json"
	"os"

	"github.com/cnnc/cnnc/runtime/train"
)

// withEvents lets a program that watches the run have its events too, over the
// descriptor that the job names. One that does not listen any more does not matter
// to the run.
func withEvents(j *Job, o train.Observer) train.Observer {
	if j.Events <= 0 {
		return o
	}
	return tee{o, &jsonProgress{e: json.NewEncoder(os.NewFile(uintptr(j.Events), "events"))}}
}

// tee passes events on to several observers.
type tee []train.Observer

func (t tee) Observe(e train.Event) {
	for _, o := range t {
		o.Observe(e)
	}
}
