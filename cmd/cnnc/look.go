package main

import (
	"io"

	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/runtime/terminal"
)

// look is how diagnostics look on w.
func look(w io.Writer) diag.Look {
	to := terminal.Of(w)
	if to == nil {
		return diag.Look{}
	}
	return terminalLook(to)
}

// partStyles are the styles of the parts of a diagnostic.
var partStyles = []terminal.Style{
	diag.PartError:   terminal.Alarm,
	diag.PartWarning: terminal.Yellow,
	diag.PartPlace:   terminal.Bold,
	diag.PartHelp:    terminal.Cyan,
}

func terminalLook(to *terminal.Terminal) diag.Look {
	return diag.Look{
		Columns: to.Columns(0),
		Paint:   func(p diag.Part, text string) string { return to.Paint(partStyles[p], text) },
	}
}
