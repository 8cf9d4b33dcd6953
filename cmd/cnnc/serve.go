package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/serve"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/job"
)

type serveCmd struct {
	modelArgs
	Addr        string        `arg:"" optional:"" default:"127.0.0.1:8080" help:"Where to listen: HOST:PORT; port 0 takes a free one. Default: ${default}."`
	Dir         string        `short:"o" name:"dir" aliases:"run" placeholder:"DIR" type:"path" help:"The run folder. Default: runs/MODEL in the working directory."`
	Weights     string        `short:"w" placeholder:"FILE" type:"path" help:"The weights. Default: the best of the run folder."`
	Workers     int           `placeholder:"N" help:"Threads that compute. Default: GOMAXPROCS."`
	Static      string        `placeholder:"DIR" type:"path" help:"Serve nothing: write the page into this new folder, with the network as WebAssembly, for any static web server."`
	Log         string        `placeholder:"FILE" help:"Append a line of JSON for every request; - is the standard error."`
	MaxBody     int64         `default:"16777216" placeholder:"BYTES" help:"The longest body of a request. Default: ${default}."`
	MaxRequests int           `default:"32" placeholder:"N" help:"The most predictions at a time; others get status 503. Default: ${default}."`
	MaxPixels   int           `default:"16777216" placeholder:"N" help:"The largest picture, in pixels. Default: ${default}."`
	Timeout     time.Duration `default:"30s" help:"What a prediction may take. Default: ${default}."`
}

// Help is the long help of the subcommand.
func (serveCmd) Help() string {
	return `The page at / lets one draw, or drop a picture, and see the scores. Programs ask
as they ask TensorFlow Serving:

  cnnc serve doodles.cnn
  curl -H 'Content-Type: image/png' --data-binary @star.png \
      'http://127.0.0.1:8080/v1/models/doodles:predict?top=3'
  curl -d '{"instances": [{"b64": "iVBORw0..."}]}' \
      http://127.0.0.1:8080/v1/models/doodles:predict

An instance is nested lists height x width x channels of values 0..255, a picture
file in base 64, or for tables a row by the names of its columns. Values are
prepared as in training. The answer is {"predictions": [[...]]}; ?top=N adds the
labels of the largest scores, ?seen=1 what the network saw. There are also
/v1/models/NAME, /v1/models/NAME/metadata, /healthz and /readyz.

Requests that wait at the same time are computed together. Ctrl-C lets those under
way finish. There is no encryption and no password: to be reached from elsewhere,
put it behind a server that has them.

  cnnc serve doodles.cnn --static public     index.html, model.wasm, wasm_exec.js`
}

// Run serves, or writes the static page.
func (c *serveCmd) Run(s *streams) error {
	for _, limit := range []struct {
		name string
		bad  bool
	}{{"--max-body", c.MaxBody < 1}, {"--max-requests", c.MaxRequests < 1}, {"--max-pixels", c.MaxPixels < 1}, {"--timeout", c.Timeout <= 0}} {
		if limit.bad {
			return usageErrorf("%s must be above 0", limit.name)
		}
	}
	if c.Static != "" {
		return c.writeStatic(s)
	}
	addr, err := listenAddress(c.Addr)
	if err != nil {
		return err
	}
	run := runArgs{modelArgs: c.modelArgs, Dir: c.Dir, Workers: c.Workers, Progress: "none"}
	bin, j, m, err := run.prepare(s, "serve", childMain)
	if err != nil {
		return err
	}
	j.Weights = c.Weights
	if d := *j.Data; d.MaxPixels == 0 || d.MaxPixels > c.MaxPixels {
		d.MaxPixels = c.MaxPixels
		j.Data = &d
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills; the network's program notices
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	log, closeLog, err := openLog(c.Log, s.err)
	if err != nil {
		return err
	}
	defer closeLog()

	child, err := serve.Start(childCommand(bin, j, s), func(text string) { fmt.Fprintf(s.err, "cnnc: %s\n", text) })
	if err != nil {
		return err
	}
	defer child.Close()
	known := child.Model()
	html, err := serve.Page(&known, paperOf(m.Data), false)
	if err != nil {
		return err
	}
	loopback := warnIfOpen(listener, s)
	fmt.Fprintf(s.out, "%s (%s, %s) on http://%s/\n", known.Name, displayName(known.Weights), known.ISA, listener.Addr())
	server := &serve.Server{
		Predictor: child, Page: html, Log: log, Loopback: loopback,
		Limits: serve.Limits{Body: c.MaxBody, Requests: c.MaxRequests, Time: c.Timeout},
	}
	return server.Serve(ctx, listener)
}

// listenAddress checks an address to listen at. Without a host it is this machine
// only: others must be let in by name, 0.0.0.0.
func listenAddress(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", usageErrorf("%q is no address; want HOST:PORT, such as 127.0.0.1:8080 or :0", addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// warnIfOpen says when other machines can reach a server, and reports whether they
// cannot.
func warnIfOpen(l net.Listener, s *streams) (loopback bool) {
	loopback = l.Addr().(*net.TCPAddr).IP.IsLoopback()
	if !loopback {
		fmt.Fprintf(s.err, "cnnc: %s is not a loopback address: other machines can reach this server, without encryption or password\n", l.Addr())
	}
	return loopback
}

// childCommand makes the network's program, which ends with its input.
func childCommand(bin string, j *job.Job, s *streams) func() (*exec.Cmd, func(), error) {
	return func() (*exec.Cmd, func(), error) {
		name, err := writeJob(j)
		if err != nil {
			return nil, nil, err
		}
		cmd := exec.Command(bin, name)
		cmd.Stderr = s.err
		return cmd, func() { os.Remove(name) }, nil
	}
}

// openLog opens the log of requests.
func openLog(name string, stderr io.Writer) (*slog.Logger, func(), error) {
	switch name {
	case "":
		return nil, func() {}, nil
	case "-":
		return slog.New(slog.NewJSONHandler(stderr, nil)), func() {}, nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewJSONHandler(f, nil)), func() { f.Close() }, nil
}

// paperExamples are looked at for the colour of their paper.
const paperExamples = 32

// paperOf is the colour that pictures of the training data have at their border,
// which is what a drawing of the user's should lie on. Without data it is what
// drawings of that kind have.
func paperOf(cfg config.Data) serve.Paper {
	if cfg.Table != nil {
		return serve.Light
	}
	for _, part := range []string{"train", "test"} {
		set, err := data.Open(cfg, part)
		if err != nil {
			continue
		}
		dark, err := darkBorders(set)
		if err := errors.Join(err, data.Close(set)); err == nil {
			if dark {
				return serve.Dark
			}
			return serve.Light
		}
	}
	switch kind := cfg.Train.Kind; {
	case kind == "doodles", kind == "quickdraw" && !cfg.Train.Drawings.Paper, kind == "idx":
		return serve.Dark
	}
	return serve.Light
}

// darkBorders reports whether the pixels along the borders of examples are nearer
// to black than to white.
func darkBorders(set data.Dataset) (bool, error) {
	h, w, channels := set.Shape()
	x, scratch := make([]float32, h*w*channels), data.NewScratch()
	n := min(set.Len(), paperExamples)
	sum, count := 0.0, 0
	for k := range n {
		if err := set.Load(k*set.Len()/n, x, scratch); err != nil {
			return false, err
		}
		for i := range h {
			for j := range w {
				if i != 0 && j != 0 && i != h-1 && j != w-1 {
					continue
				}
				for _, v := range x[(i*w+j)*channels:][:channels] {
					sum += float64(v)
					count++
				}
			}
		}
	}
	return sum < 127.5*float64(count), nil
}
