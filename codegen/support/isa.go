package support

import (
	"fmt"
	"io"
	"os"
)

// The instruction sets that kernels exist for, narrowest first.
const (
	isaGo = iota
	isaAVX2
	isaAVX512
)

// isaNames are the values of CNNC_ISA.
var isaNames = [...]string{isaGo: "go", isaAVX2: "avx2", isaAVX512: "avx512"}

// isa is the instruction set in use. Tests set it to compare kernels.
var isa = chooseISA(os.Getenv("CNNC_ISA"), bestISA(), os.Stderr)

// chooseISA returns the instruction set to use: the best of the machine, or the
// one asked for. A request that cannot be met is reported on log in one line
// and the best supported set is used, as the Go runtime does with GODEBUG=cpu.
func chooseISA(request string, best int, log io.Writer) int {
	if request == "" {
		return best
	}
	for set, name := range isaNames {
		if name != request {
			continue
		}
		if set > best {
			fmt.Fprintf(log, "CNNC_ISA=%s: this machine or build does not support it; using %s\n", request, isaNames[best])
			return best
		}
		return set
	}
	fmt.Fprintf(log, "CNNC_ISA=%s: want go, avx2 or avx512; using %s\n", request, isaNames[best])
	return best
}

// lanes is the number of output channels that the widest kernel does at a time,
// with left channels to do: two panels with AVX-512, else one, or its half.
func lanes(left int) int {
	switch {
	case left >= 32 && isa == isaAVX512:
		return 32
	case left >= 16:
		return 16
	}
	return 8
}

// channelParts is the number of parts that c channels are cut into, each as many
// as the widest kernel does at a time.
func channelParts(c int) int {
	step := lanes(c)
	return (c + step - 1) / step
}

// channelPart is the first channel of part k, and the one behind its last.
func channelPart(c, k int) (from, to int) {
	step := lanes(c)
	return k * step, min((k+1)*step, c)
}
