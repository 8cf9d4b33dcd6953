// Package report reads run folders and shows what is in them: a run by itself
// (Sections, Write), many in a table (Find), some side by side (Compare).
//
// A run folder is written by the training program (runtime/train and runtime/job):
//
//	metrics.jsonl     the epochs, with times
//	run.json          what the run is: network, data, machine, command
//	evaluation.json   how well its result does
//	config.json       the settings
//	best.safetensors  the weights, of which the first filters are shown
//
// Every one of them may be missing, or of a run that is under way: a report shows
// what there is. It is made of sections (package page) that are values, so that a
// page that is open can replace those that change.
//
// The package belongs to the command; it imports cmd/cnnc/page and the runtime.
package report
