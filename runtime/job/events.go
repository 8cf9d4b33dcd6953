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
	return observers{o, &jsonProgress{e: json.NewEncoder(os.NewFile(uintptr(j.Events), "events"))}}
}

// observers passes events on to several.
type observers []train.Observer

// Observe implements train.Observer.
func (list observers) Observe(e train.Event) {
	for _, o := range list {
		o.Observe(e)
	}
}
