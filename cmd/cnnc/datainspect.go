package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/terminal"
)

type dataInspectCmd struct {
	Path    string `arg:"" type:"path" help:"A folder or file of data."`
	Out     string `short:"o" placeholder:"FILE.png" type:"path" help:"Write a contact sheet: a row of examples for each class."`
	JSON    bool   `help:"Print everything as JSON."`
	Limit   int    `default:"200000" help:"Look at no more examples than that, spread over the set; 0: at all."`
	Column  string `default:"filename" help:"Column of the paths, when PATH is a CSV file that lists pictures."`
	Class   string `placeholder:"COLUMN" help:"Column of the classes, likewise. Default: the first folder of the paths."`
	Folder  string `placeholder:"DIR" type:"path" help:"Where those paths start. Default: at the CSV file."`
	Samples int    `default:"12" help:"Examples in a row of the contact sheet."`
}

// Help is the long help of the subcommand.
func (dataInspectCmd) Help() string {
	return `PATH is a folder of class folders, the folder or a file of MNIST (IDX), CIFAR or
Quick, Draw!, or a CSV file that lists pictures. Every example is read. The status
is 1 when some cannot be.`
}

// Run inspects.
func (c *dataInspectCmd) Run(s *streams) error {
	if c.Limit < 0 || c.Samples < 1 || c.Samples > 100 {
		return usageErrorf("want limit >= 0 and 1..100 samples")
	}
	if c.Out != "" {
		if err := checkPNG(c.Out); err != nil {
			return err
		}
	}
	o := data.InspectOptions{Limit: c.Limit, Files: config.Files{Path: c.Column, Class: c.Class}, Folder: c.Folder}
	if c.Out != "" {
		o.Samples = c.Samples
	}
	survey, err := data.Inspect(displayName(c.Path), o)
	if err != nil {
		return err
	}
	if c.Out != "" {
		err := durable.WriteFile(c.Out, func(w io.Writer) error { return writeOverview(w, surveyRows(survey)) })
		if err != nil {
			return err
		}
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		err = e.Encode(survey)
	} else {
		err = writeSurvey(s.out, survey)
	}
	for _, p := range survey.Parts {
		if len(p.Unreadable) > 0 && err == nil {
			err = exitError(exitFailed)
		}
	}
	return err
}

// surveyRows are the rows of the contact sheet.
func surveyRows(v *data.Survey) (rows []overviewRow) {
	for _, p := range v.Parts {
		for k, c := range p.Classes {
			label := c.Name
			if len(v.Parts) > 1 {
				label = p.Part + " " + c.Name
			}
			rows = append(rows, overviewRow{label, p.Samples[k]})
		}
	}
	return rows
}

// most is the number of lines that a list of files takes at most.
const most = 10

func writeSurvey(w io.Writer, v *data.Survey) error {
	fmt.Fprintf(w, "%s: %s\n", v.Path, v.Kind)
	for _, p := range v.Parts {
		fmt.Fprintln(w)
		if len(v.Parts) > 1 {
			fmt.Fprintf(w, "%s: ", p.Part)
		}
		fmt.Fprintln(w, p.Describe())
		tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "class\texamples\tshare\tunreadable")
		for _, c := range p.Classes {
			bad := ""
			if c.Unreadable > 0 {
				bad = fmt.Sprint(c.Unreadable)
			}
			fmt.Fprintf(tab, "%s\t%s\t%.1f %%\t%s\n", terminal.Printable(c.Name), number(int64(c.Examples)), 100*float64(c.Examples)/float64(p.Examples), bad)
		}
		if err := tab.Flush(); err != nil {
			return err
		}
		var sizes, formats []string
		for i, z := range p.Sizes {
			if i == most {
				sizes = append(sizes, fmt.Sprintf("and %d others", len(p.Sizes)-most))
				break
			}
			sizes = append(sizes, fmt.Sprintf("%dx%d (%d)", z.Width, z.Height, z.Examples))
		}
		fmt.Fprintf(w, "width x height: %s\n", strings.Join(sizes, ", "))
		for _, f := range p.Formats {
			formats = append(formats, fmt.Sprintf("%s %d", f.Format, f.Examples))
		}
		if len(formats) > 0 {
			fmt.Fprintf(w, "formats: %s\n", strings.Join(formats, ", "))
		}
		if n := len(p.Duplicates); n > 0 {
			fmt.Fprintf(w, "same content more than once: %d\n", n)
			for _, names := range p.Duplicates[:min(n, most)] {
				fmt.Fprintf(w, "  %s\n", terminal.Printable(strings.Join(names[:min(len(names), 4)], " = ")))
			}
		}
		if n := len(p.Unreadable); n > 0 {
			fmt.Fprintf(w, "unreadable: %d\n", n)
			for _, u := range p.Unreadable[:min(n, most)] {
				fmt.Fprintf(w, "  %s: %s\n", terminal.Printable(u.Name), terminal.Printable(u.Reason))
			}
		}
	}
	return nil
}
