package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/fetch"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/terminal"
)

type dataFetchCmd struct {
	Set     string   `arg:"" help:"mnist, fashion, cifar10, cifar100 or quickdraw."`
	Classes []string `placeholder:"NAME,..." help:"Classes of quickdraw: names, or all."`
	Form    string   `default:"simplified" help:"Form of quickdraw: simplified, raw, binary or bitmap."`
	Base    string   `placeholder:"URL" help:"Another place that has the files under their names."`
	Out     string   `short:"o" placeholder:"DIR" type:"path" help:"Folder for the files. Default: the cache, $CNNC_CACHE or cnnc in the user's cache folder."`
}

// Help is the long help of the subcommand.
func (dataFetchCmd) Help() string {
	return `Files are asked for at their official addresses and checked: against the known
sum, or, of quickdraw, what the server says. A download that was cut goes on where
it ended, by itself or the next time. What is there already is not asked for again.

  cnnc data fetch mnist
  cnnc data fetch quickdraw --classes apple,cat,"hot dog" --form binary -o drawings`
}

// Run downloads.
func (c *dataFetchCmd) Run(s *streams) error {
	var set *fetch.Set
	var err error
	if c.Set == "quickdraw" {
		classes := c.Classes
		if slices.Equal(classes, []string{"all"}) {
			classes = fetch.Categories()
		}
		set, err = fetch.QuickDraw(classes, c.Form, c.Base)
	} else if set, err = fetch.Find(c.Set, c.Base); err == nil && len(c.Classes) > 0 {
		err = fmt.Errorf("%s comes whole: --classes is for quickdraw", c.Set)
	}
	if err != nil {
		return usageErr{err}
	}
	dir := c.Out
	if dir == "" {
		cache, err := cacheDir()
		if err != nil {
			return err
		}
		dir = filepath.Join(cache, "data", c.Set)
		if c.Set == "quickdraw" {
			dir = filepath.Join(dir, c.Form)
		}
	}
	use := dir
	if set.Archive != "" {
		use = filepath.Join(dir, set.Archive)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	client := &fetch.Client{Progress: fetchProgress(s)}
	for _, f := range set.Files {
		fetched, err := client.Get(ctx, f, dir)
		if client.Progress != nil {
			client.Progress("", 0, 0) // its line makes room for others
		}
		if ctx.Err() != nil {
			fmt.Fprintln(s.err, "cnnc: interrupted; the same command goes on where it ended")
			return exitError(exitInterrupted)
		}
		if err != nil {
			return err
		}
		word := "there already"
		if fetched {
			word = "downloaded"
		}
		fmt.Fprintf(s.err, "%s: %s\n", f.Name, word)
	}
	if set.Archive != "" {
		if err := fetch.Unpack(filepath.Join(dir, set.Files[0].Name), dir, set.Archive); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(s.out, "%s\n\n    "+set.Use+"\n", use, use)
	return err
}

// fetchProgress writes how far a file is, ten times a second, to a terminal.
func fetchProgress(s *streams) func(name string, done, total int64) {
	to := terminal.Of(s.err)
	if to == nil {
		return nil
	}
	var last time.Time
	return func(name string, done, total int64) {
		if now := time.Now(); now.Sub(last) < 100*time.Millisecond && done != total {
			return
		} else {
			last = now
		}
		of := ""
		if total > 0 {
			of = fmt.Sprintf(" of %s, %d %%", plan.FormatBytes(total), 100*done/total)
		}
		text := fmt.Sprintf("%s: %s%s", name, plan.FormatBytes(done), of)
		if done == total {
			text = ""
		}
		fmt.Fprint(s.err, "\r\x1b[K"+terminal.CutFront(text, to.Columns(80)-1))
	}
}
