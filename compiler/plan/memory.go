package plan

import (
	"fmt"
	"io"
)

// Use says how a network is going to be run, for Memory.
type Use struct {
	// Workers is the number of goroutines that compute.
	Workers int
	// Batch is the number of examples a step, Piece that of them which are in
	// memory at a time.
	Batch, Piece int
	// Prefetch is the number of pieces made ahead of the one in use.
	Prefetch int
	// Training counts what training needs besides inference; Validation that a
	// second set of data is read, Best that the best weights are kept, Restore that
	// those of early stopping are.
	Training, Validation, Best, Restore bool
}

// MemoryPart is one item of a network's memory.
type MemoryPart struct {
	Name  string
	Bytes int64
	// Note says how the number comes about.
	Note string
}

// programBytes is what a training program takes besides what is planned. It was
// measured; package runtime/job keeps the garbage in it small.
const programBytes = 16 << 20

// Memory lists what a run allocates, all of it before the first step; nothing
// grows with the number of examples or steps.
func (p *Plan) Memory(u Use) []MemoryPart {
	var parts []MemoryPart
	add := func(name string, bytes int64, note string, args ...any) {
		if bytes > 0 {
			parts = append(parts, MemoryPart{name, bytes, fmt.Sprintf(note, args...)})
		}
	}
	if u.Training {
		add("program", programBytes, "code, Go runtime, garbage of decoded pictures")
	}
	params := 4 * int64(p.ParamFloats)
	add("parameters", params, "%d packed", p.ParamFloats)
	if u.Training {
		add("gradients", params*int64(p.Shards), "%d shards", p.Shards)
		add("optimizer", params*int64(p.Slots), "%d vectors of %s", p.Slots, p.Optimizer)
		add("transposed weights", 4*int64(p.DerivedFloats), "for backward-data and Winograd")
		if u.Best {
			add("best weights", params, "a copy")
		}
		if u.Restore {
			add("restored weights", params, "a copy for early stopping")
		}
		workers := min(u.Workers, p.Shards)
		add("training arenas", int64(workers)*4*int64(p.Train.ArenaFloats), "%s, %s at a time", counted(workers, "worker"), counted(p.Train.Micro, "example"))
	}
	if u.Training && p.Train.ResidentFloats > 0 {
		micros := (u.Batch + p.Train.Micro - 1) / p.Train.Micro
		add("kept activations", int64(micros)*4*int64(p.Train.ResidentFloats), "of the whole batch, from stage to stage: %d times %d examples", micros, p.Train.Micro)
		add("statistics", 4*int64(p.BatchFloats)+16*int64(p.Shards)*int64(p.SumFloats), "of the batch, %d shards", p.Shards)
	}
	if !u.Training {
		add("transformed weights", 4*int64(p.InferDerivedFloats), "for Winograd, groups and transposed convolutions")
	}
	if !u.Training || u.Validation {
		add("inference arenas", int64(u.Workers)*4*int64(p.Infer.ArenaFloats), "%s, %s at a time", counted(u.Workers, "worker"), counted(p.Infer.Micro, "example"))
	}
	image := int64(p.InputH) * int64(p.InputW) * int64(p.InputC)
	sets, delivered := int64(1), int64(u.Piece)
	if u.Training && u.Validation {
		sets, delivered = 2, 2*int64(u.Piece)
	}
	note := fmt.Sprintf("%d at a time", u.Piece)
	if u.Prefetch > 0 {
		note += fmt.Sprintf(", %d times ahead of those in use", u.Prefetch)
	}
	if u.Training && p.Train.Stages() > 1 {
		delivered += int64(u.Batch - u.Piece)
		note += ", in training whole batches"
	}
	// Pixels, key, index, label and error of each example.
	example := 4*image + 8 + 8 + 4 + 16
	batches := int64(u.Prefetch + 1)
	add("images", batches*delivered*example, "%s", note)
	add("scores", 4*delivered*int64(p.Outputs)+sets*8*int64(u.Batch), "and losses of a batch")
	return parts
}

// counted is 1 worker, 2 workers.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Total is the sum of the parts in bytes.
func Total(parts []MemoryPart) int64 {
	var n int64
	for _, p := range parts {
		n += p.Bytes
	}
	return n
}

// WriteMemory writes the parts as a table with their total.
func WriteMemory(w io.Writer, parts []MemoryPart) error {
	for _, p := range append(parts[:len(parts):len(parts)], MemoryPart{Name: "total", Bytes: Total(parts)}) {
		if _, err := fmt.Fprintf(w, "  %-20s %12s", p.Name, FormatBytes(p.Bytes)); err != nil {
			return err
		}
		if p.Note != "" {
			fmt.Fprintf(w, "   %s", p.Note)
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return nil
}

// FormatBytes writes an amount of memory: 512 B, 20.1 KB, 8.6 MB.
func FormatBytes(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	case n < 10<<30:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
