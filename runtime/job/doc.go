// Package job is what a compiled network's program does: it reads a job, a JSON
// file that says what to do, does it with the network it was linked with, and
// reports.
//
// The command builds such a program for every model file: a main function of
// one line,
//
//	func main() { os.Exit(job.Main(quickdraw.Network())) }
//
// and runs it as a child process, so that a crash in there is a reported failure
// and not the end of the command. The table of verbs is in job.go; a program may
// add verbs of its own.
//
// A training run whose job asks for it leaves what a report is made of in its
// directory: RunFile says what the run is, EvaluationFile how well its result does.
//
// The package joins runtime/train with runtime/data and owns what the user sees
// of a run: the progress line, plain lines, JSON lines and the tables at the end.
// It may import everything of the runtime and golang.org/x/term and cpuid; nothing outside
// the runtime.
package job
