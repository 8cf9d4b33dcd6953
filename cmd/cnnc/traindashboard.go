package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"github.com/cnnc/cnnc/cmd/cnnc/dashboard"
	"github.com/cnnc/cnnc/runtime/job"
)

// watched trains with a dashboard, which ends with the run.
func (c *trainCmd) watched(bin string, j *job.Job, s *streams, m *compiled) error {
	if runtime.GOOS == "windows" {
		return errors.New("--dashboard hears of the run over a pipe that Windows does not pass to a program; look at report.html instead")
	}
	addr, err := listenAddress(c.Dashboard)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	out, events, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	defer events.Close()
	warnIfOpen(listener, s)
	fmt.Fprintf(s.err, "dashboard at http://%s/\n", listener.Addr())

	board := dashboard.New(j.Dir, m.Plan.Name)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served, watched := make(chan error, 1), make(chan struct{})
	go func() { served <- board.Serve(ctx, listener) }()
	go func() {
		board.Watch(out)
		close(watched)
	}()

	status, err := runWatched(bin, j, s, events)
	events.Close() // the child's end is closed with it
	<-watched
	if err == nil && status != exitOK {
		err = exitError(status)
	}
	c.writeReport(s, j.Dir, err)
	board.End(ending(err))
	cancel()
	if serveErr := <-served; serveErr != nil && err == nil {
		// The run is fine; that it was not seen to the end is worth a line.
		fmt.Fprintf(s.err, "cnnc: dashboard: %v\n", serveErr)
	}
	return err
}

// ending is how a run ended, for its watchers.
func ending(err error) string {
	var exit exitError
	switch {
	case err == nil:
		return "the run is done"
	case errors.As(err, &exit) && exit == exitInterrupted:
		return "the run was interrupted; cnnc train --resume goes on with it"
	}
	return "the run has failed; the terminal says why"
}
