package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
)

type fmtCmd struct {
	List  bool     `short:"l" help:"Only list the files whose layout is not canonical; status 1 when there are any."`
	Write bool     `short:"w" help:"Write the result back to the files."`
	Files []string `arg:"" name:"file" help:"Model files." type:"path"`
}

// Run prints the files in canonical layout, lists those that are not, or
// rewrites them.
func (c *fmtCmd) Run(s *streams) error {
	status := exitOK
	for _, path := range c.Files {
		name := displayName(path)
		text, err := readModel(path)
		if err != nil {
			fmt.Fprintf(s.err, "cnnc: %v\n", err)
			return exitError(exitUsage)
		}
		out, err := dsl.Format([]byte(text))
		var list diag.List
		switch {
		case errors.As(err, &list):
			_, list = dsl.ParseFile(name, text) // with the file's name in the positions
			if err := look(s.err).Render(s.err, list, diag.Sources{name: text}); err != nil {
				return err
			}
			status = exitUsage
			continue
		case err != nil:
			return err
		}
		changed := string(out) != text
		switch {
		case c.List && changed:
			fmt.Fprintln(s.out, name)
			status = max(status, exitFailed)
		case c.List:
		case c.Write && changed:
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := writeIfChanged(path, out); err != nil {
				return err
			}
			if err := os.Chmod(path, info.Mode().Perm()); err != nil {
				return err
			}
		case c.Write:
		default:
			if _, err := s.out.Write(out); err != nil {
				return err
			}
		}
	}
	if status != exitOK {
		return exitError(status)
	}
	return nil
}
