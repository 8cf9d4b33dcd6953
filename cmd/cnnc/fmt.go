package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/diag"
)

type fmtCmd struct {
	List  bool     `short:"l" help:"Only list the files whose layout is not canonical; status 1 when there are any. With --write they are written as well."`
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
			return usageErr{err}
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
		if c.List && changed {
			fmt.Fprintln(s.out, name)
			if !c.Write {
				status = max(status, exitFailed)
			}
		}
		if c.Write && changed {
			if err := rewrite(path, out); err != nil {
				return err
			}
		}
		if !c.List && !c.Write {
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

// rewrite replaces what is in a file, which keeps its permissions. A link stays a
// link.
func rewrite(path string, data []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := writeIfChanged(path, data); err != nil {
		return err
	}
	return os.Chmod(path, info.Mode().Perm())
}
