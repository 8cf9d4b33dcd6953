package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/cnnc/cnnc/runtime/job"
)

// Verb is `cnnc verify` for programs built around a generated package. Its
// arguments in the job: "source" is the model file's text ("" takes the one in
// the package), "overrides" a JSON array of elab.Override, "classes" and "seed"
// numbers.
var Verb = job.Verb{Name: "verify", Doc: "compare the generated code with the float64 reference", Run: run}

func run(e *job.Env) error {
	o := Options{Source: e.Net.Source, Classes: Classes(e.Net), Labels: e.Net.Labels, Seed: 1}
	args := e.Job.Args
	if s := args["source"]; s != "" {
		o.Source = s
	}
	if s := args["overrides"]; s != "" {
		if err := json.Unmarshal([]byte(s), &o.Overrides); err != nil {
			return fmt.Errorf("argument overrides: %w", err)
		}
	}
	var err error
	if s := args["classes"]; s != "" {
		if o.Classes, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("argument classes: %w", err)
		}
	}
	if s := args["seed"]; s != "" {
		if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			return fmt.Errorf("argument seed: %w", err)
		}
	}
	// The package of a job may lack the numbers of its optimizer, and its scalars
	// are those of the job.
	net := *e.Net
	_, net.Train = e.Config()
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	net.Scalars = slices.Clone(net.Scalars)
	for i, s := range scalars {
		net.Scalars[i].Value = float64(s)
	}
	report, err := Source(&net, o)
	if report == nil {
		return err
	}
	if e.Job.JSON {
		if jsonErr := json.NewEncoder(e.Stdout).Encode(report); jsonErr != nil {
			return jsonErr
		}
		return err
	}
	if _, printErr := fmt.Fprint(e.Stdout, report); err == nil {
		err = printErr
	}
	return err
}
