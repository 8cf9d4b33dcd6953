package simdtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestGenerated compares the generated files with what go generate would write
// now, and looks for files it would not write any more.
func TestGenerated(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if !bytes.Equal(want, again[name]) {
			t.Errorf("%s: generating twice gives different bytes", name)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate", name)
		}
	}
	have, err := filepath.Glob("z*_amd64.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if files[name] == nil {
			t.Errorf("%s is not generated any more", name)
		}
	}
}

// TestAssembly scans the assembly text, independently of Verify, for what has
// crashed or crawled before: a return with dirty upper halves, registers that
// AVX2 does not have, which the Go assembler accepts in silence, and an MXCSR
// that is changed and not restored, or not changed.
func TestAssembly(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`^TEXT ·(\w+)\(SB\), NOSPLIT, \$([08])-\d+$`)
	evex := regexp.MustCompile(`\b(Z\d+|[XY](1[6-9]|2\d|3[01])|K[0-7])\b|\.Z\b|\.BCST\b`)
	reserved := regexp.MustCompile(`\b(SP|BP|R14|R15)\b`)
	const save, restore = "STMXCSR      mxcsr-8(SP)", "LDMXCSR      mxcsr-8(SP)"
	functions := 0
	for name, data := range files {
		if !strings.HasSuffix(name, ".s") {
			continue
		}
		function, previous, before := "", "", ""
		flushes := false
		for n, line := range strings.Split(string(data), "\n") {
			code, _, _ := strings.Cut(line, "//")
			code = strings.TrimSpace(code)
			if m := text.FindStringSubmatch(code); m != nil {
				if previous != "" && previous != "RET" && !strings.HasPrefix(previous, "GLOBL") && !strings.HasPrefix(previous, "#include") {
					t.Errorf("%s:%d: %s does not end in RET but in %q", name, n+1, function, previous)
				}
				function = m[1]
				flushes = m[2] == "8"
				functions++
			}
			switch {
			case strings.HasPrefix(code, "TEXT") && function == "":
				t.Errorf("%s:%d: %s", name, n+1, code)
			case code == "RET" && previous != "VZEROUPPER":
				t.Errorf("%s:%d: %s: RET without VZEROUPPER", name, n+1, function)
			case code == "RET" && flushes != (before == restore):
				t.Errorf("%s:%d: %s: MXCSR is not restored", name, n+1, function)
			case flushes && strings.HasPrefix(previous, "TEXT") && code != save:
				t.Errorf("%s:%d: %s: MXCSR is not saved", name, n+1, function)
			case previous == save && code != "LDMXCSR      flushMXCSR<>(SB)":
				t.Errorf("%s:%d: %s: MXCSR is not set", name, n+1, function)
			case code == save && strings.HasPrefix(previous, "TEXT"), code == restore && flushes:
			case strings.HasSuffix(function, "AVX2") && evex.MatchString(code) && !strings.HasPrefix(code, "TEXT"):
				t.Errorf("%s:%d: %s: AVX-512 in %q", name, n+1, function, code)
			case reserved.MatchString(code):
				t.Errorf("%s:%d: %s: reserved register in %q", name, n+1, function, code)
			}
			if code != "" {
				before, previous = previous, code
			}
		}
		if previous != "RET" {
			t.Errorf("%s ends in %q", name, previous)
		}
	}
	want := 0
	for _, f := range simd.Families {
		want += len(Kernels(f.Name))
	}
	if functions != want {
		t.Errorf("found %d functions, want %d", functions, want)
	}
}

// TestVet runs the check of assembly against its Go declarations, which go
// test leaves out.
func TestVet(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	cmd := exec.Command(goTool, "vet", "-asmdecl", "-framepointer", ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestEveryInstruction looks for instructions that no kernel here uses: their
// simulation would be checked against no hardware.
func TestEveryInstruction(t *testing.T) {
	used := map[simd.Op]bool{}
	for _, f := range simd.Families {
		for _, k := range Kernels(f.Name) {
			p, err := k.Program()
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range p.Insts {
				used[in.Op] = true
			}
		}
	}
	for _, op := range simd.Ops() {
		if !used[op] {
			t.Errorf("no kernel uses %v", op)
		}
	}
}
