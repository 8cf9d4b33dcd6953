package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/cnnc/cnnc/runtime/job"
)

// Exit codes of the command.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // usage, or a mistake in a model file
	// exitInterrupted: Ctrl-C, as package job ends.
	exitInterrupted = job.ExitInterrupted
)

// cli is the command line: one field for each subcommand.
type cli struct {
	New      newCmd      `cmd:"" help:"Write a starter model file."`
	Check    checkCmd    `cmd:"" help:"Report every error of a model file, or its layer table with memory and FLOPs."`
	Fmt      fmtCmd      `cmd:"" help:"Format model files."`
	Explain  explainCmd  `cmd:"" help:"Show what the compiler does with a model file, phase by phase."`
	Generate generateCmd `cmd:"" help:"Write the Go package of a model file."`
	Train    trainCmd    `cmd:"" help:"Train the network of a model file."`
	Tune     tuneCmd     `cmd:"" help:"Search the hyperparameters of a model file."`
	Runs     runsCmd     `cmd:"" help:"List training runs, or compare them."`
	Eval     evalCmd     `cmd:"" help:"Evaluate trained weights on the test data."`
	Predict  predictCmd  `cmd:"" help:"Classify image files with trained weights."`
	Filter   filterCmd   `cmd:"" help:"Run kernels over a picture: edges, blur, pooling."`
	Serve    serveCmd    `cmd:"" help:"Answer predictions over HTTP, with a page to draw on; or write that page for a static server."`
	Data     dataCmd     `cmd:"" help:"Download, draw, inspect and preview data."`
	Plot     plotCmd     `cmd:"" help:"Draw figures: training curves, confusion, filters, feature maps, memory."`
	Verify   verifyCmd   `cmd:"" help:"Compare the generated code with the float64 reference, gradients included."`
	Bench    benchCmd    `cmd:"" help:"Time every layer and pass against the FMA peak of this machine."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

const description = `A compiler for convolutional neural networks.

A model file (.cnn) holds a network, its data and its training. cnnc turns it
into a Go package of specialized Go and assembly, and trains it:

  cnnc new shapes && cd shapes     start a model
  cnnc check shapes.cnn            shapes, parameters, memory
  cnnc train shapes.cnn            train it; weights land in runs/shapes
  cnnc tune shapes.cnn             search its hyperparameters
  cnnc predict shapes.cnn a.png    use it
  cnnc generate shapes.cnn         the Go package, for your own program

Exit status: 0 fine, 1 failed, 2 usage or a mistake in a model file, 130 ended by
Ctrl-C.`

// exitError is an error that has been reported already and carries the status.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageErr is an error about the command line or a model file.
type usageErr struct{ error }

func usageErrorf(format string, args ...any) error { return usageErr{fmt.Errorf(format, args...)} }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	status := -1
	parser, err := kong.New(&cli{},
		kong.Name("cnnc"),
		kong.Description(description),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { status = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "cnnc: internal error:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"help"}
	}
	if args[0] == "help" { // cnnc help train, as the go command has it
		args = append(slices.Clone(args[1:]), "--help")
	}
	ctx, err := parser.Parse(args)
	if status >= 0 { // --help was printed
		return status
	}
	if err != nil {
		fmt.Fprintf(stderr, "cnnc: %v\n", err)
		hint := "cnnc --help"
		var parseErr *kong.ParseError
		if errors.As(err, &parseErr) && parseErr.Context != nil && parseErr.Context.Command() != "" {
			hint = "cnnc " + firstWord(parseErr.Context.Command()) + " --help"
		}
		fmt.Fprintf(stderr, "Run \"%s\" for usage.\n", hint)
		return exitUsage
	}
	err = ctx.Run(&streams{out: stdout, err: stderr})
	var exit exitError
	var usage usageErr
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "cnnc: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "cnnc: %v\n", err)
		return exitFailed
	}
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }

func firstWord(s string) string {
	for i, r := range s {
		if r == ' ' {
			return s[:i]
		}
	}
	return s
}
