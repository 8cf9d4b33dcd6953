package verify

import (
	"encoding/json"
	"fmt"

	"github.com/cnnc/cnnc/runtime/job"
)

// Verb is `cnnc verify` for programs built around a generated package.
var Verb = job.Verb{Name: "verify", Doc: "compare the generated code with the float64 reference", Run: run}

func run(e *job.Env) error {
	report, err := Verify(e.Net)
	if report == nil {
		return err
	}
	if e.Job.JSON {
		if jsonErr := json.NewEncoder(e.Stdout).Encode(report); jsonErr != nil {
			return jsonErr
		}
		return err
	}
	fmt.Fprint(e.Stdout, report)
	return err
}
