package job

import (
	"fmt"
	"io"
	"strings"

	"github.com/cnnc/cnnc/runtime/terminal"
)

// write prints the report for readers.
func (r *benchReport) write(w io.Writer) error {
	to := terminal.Of(w)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s", r.Model, r.ISA)
	if r.PeakOne > 0 {
		fmt.Fprintf(&b, ": one core does %.1f GFLOP/s at most (FMA peak, best of %s during this run)", r.PeakOne, count(r.PeakSamples, "measurement"))
	}
	b.WriteString("\nGFLOP/s count direct convolution; where Winograd takes its place they exceed the peak\n")
	for _, program := range []struct {
		name  string
		micro int
	}{{"inference", r.InferMicro}, {"training", r.TrainMicro}} {
		fmt.Fprintf(&b, "\n%s, %s at a time, one worker; times for one example\n", program.name, count(program.micro, "example"))
		b.WriteString(r.table(program.name).Text(to))
	}
	fmt.Fprintf(&b, "\none example alone: %s from image to scores, %s on one core\n", span(r.LatencyNanos), span(r.OneCoreNanos))
	for _, s := range r.Stops {
		if s.Stops > 0 {
			fmt.Fprintf(&b, "%s stops within %s when the garbage collector asks, %s at most (%s, one core)\n", s.Program, span(s.MedianNanos), span(s.WorstNanos), count(s.Stops, "time"))
		}
	}
	r.writeLongest(&b)
	for i := range r.Batches {
		r.Batches[i].write(&b, r.PeakOne)
	}
	r.writeData(&b, to)
	_, err := io.WriteString(w, b.String())
	return err
}

// table is the calls of a program, then the sums of its passes.
func (r *benchReport) table(program string) *terminal.Table {
	t := &terminal.Table{Left: 2, Shrink: []int{0, 1}, Gap: 2, Indent: 2}
	t.Add(terminal.Bold, "call", "pass", "us", "predicted", "GFLOP/s", "% of peak", "GB/s")
	var order []string
	sums := map[string]*benchRow{}
	for _, row := range r.Rows {
		if row.Program != program {
			continue
		}
		if row.Pass != passTotal {
			t.Add(terminal.Plain, row.cells()...)
			s := sums[row.Pass]
			if s == nil {
				s = &benchRow{Call: "sum", Pass: row.Pass}
				sums[row.Pass] = s
				order = append(order, row.Pass)
			}
			s.Nanos, s.Predicted, s.FLOPs = s.Nanos+row.Nanos, s.Predicted+row.Predicted, s.FLOPs+row.FLOPs
			continue
		}
		t.Add(terminal.Plain)
		for _, pass := range order {
			s := sums[pass]
			if s.FLOPs > 0 && s.Nanos > 0 {
				s.GFLOPS = float64(s.FLOPs) / s.Nanos
				if r.PeakOne > 0 {
					s.Peak = 100 * s.GFLOPS / r.PeakOne
				}
			}
			t.Add(terminal.Plain, s.cells()...)
		}
		t.Add(terminal.Bold, row.cells()...)
	}
	return t
}

// cells are the columns of a row.
func (row *benchRow) cells() []string {
	number := func(format string, v float64) string {
		if v <= 0 {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	return []string{
		row.Call, row.Pass, fmt.Sprintf("%.2f", row.Nanos/1000), number("%.2f", row.Predicted/1000),
		number("%.1f", row.GFLOPS), number("%.1f", row.Peak), number("%.1f", row.GBs),
	}
}

// write prints the times of whole batches.
func (s *benchSpeedup) write(b *strings.Builder, peak float64) {
	what := "a training step"
	if s.Program == "inference" {
		what = "inference"
	}
	rate := func(nanos float64, workers int) string {
		text := fmt.Sprintf("%s, %.0f examples/s", span(nanos), float64(s.Batch)/nanos*1e9)
		if s.FLOPs > 0 {
			g := float64(s.FLOPs) / nanos
			text += fmt.Sprintf(", %.1f GFLOP/s", g)
			if peak > 0 {
				text += fmt.Sprintf(", %.1f %% of the peak of %s", 100*g/(peak*float64(workers)), count(workers, "core"))
			}
		}
		return text
	}
	fmt.Fprintf(b, "\n%s of %s\n  1 worker   %s\n", what, count(s.Batch, "example"), rate(s.OneNanos, 1))
	if s.Workers > 1 {
		fmt.Fprintf(b, "  %d workers  %s: %.2f times as fast\n", s.Workers, rate(s.AllNanos, s.Workers), s.speedup())
	}
	if len(s.Shares) > 0 {
		var parts []string
		for _, p := range s.Shares {
			parts = append(parts, fmt.Sprintf("%s %.1f %%", p.Name, 100*p.Nanos/s.OneNanos))
		}
		fmt.Fprintf(b, "  one worker spends: %s\n", strings.Join(parts, ", "))
	}
}

// span writes a time with three or four digits.
func span(nanos float64) string {
	switch {
	case nanos < 1e4:
		return fmt.Sprintf("%.2f us", nanos/1e3)
	case nanos < 1e6:
		return fmt.Sprintf("%.1f us", nanos/1e3)
	case nanos < 1e9:
		return fmt.Sprintf("%.2f ms", nanos/1e6)
	}
	return fmt.Sprintf("%.3f s", nanos/1e9)
}
