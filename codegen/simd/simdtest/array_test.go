package simdtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"testing"
	"unsafe"

	"github.com/cnnc/cnnc/codegen/simd"
)

// array is an operand of a kernel that works on whole buffers: bytes with an
// element type, and what the kernel may do with each byte. One array may be
// several operands.
type array struct {
	name   string
	elem   reflect.Type // float32, float64, int32 or byte
	data   []byte
	access []simd.Access
}

// floatArray is an array with the elements s, all with the given access.
func floatArray(name string, s []float32, access simd.Access) *array {
	a := newArray(name, reflect.TypeFor[float32](), 4*len(s), access)
	for i, v := range s {
		binary.LittleEndian.PutUint32(a.data[4*i:], math.Float32bits(v))
	}
	return a
}

// int32Array is an array of integers that is only read.
func int32Array(name string, s []int32) *array {
	a := newArray(name, reflect.TypeFor[int32](), 4*len(s), simd.Read)
	for i, v := range s {
		binary.LittleEndian.PutUint32(a.data[4*i:], uint32(v))
	}
	return a
}

func newArray(name string, elem reflect.Type, size int, access simd.Access) *array {
	a := &array{name: name, elem: elem, data: make([]byte, size), access: make([]simd.Access, size)}
	a.allow(0, size, access)
	return a
}

// allow sets the access of n bytes from byte i on.
func (a *array) allow(i, n int, access simd.Access) {
	for j := range n {
		a.access[i+j] = access
	}
}

// floats is the contents as float32.
func (a *array) floats() []float32 {
	s := make([]float32, len(a.data)/4)
	for i := range s {
		s[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.data[4*i:]))
	}
	return s
}

// same compares contents bit for bit, except that all float32 NaNs are equal.
func (a *array) same(got, want []byte) error {
	for i := 0; i < len(want); {
		if a.elem.Kind() != reflect.Float32 {
			if got[i] != want[i] {
				return fmt.Errorf("byte %d is %#x, want %#x", i, got[i], want[i])
			}
			i++
			continue
		}
		g, w := binary.LittleEndian.Uint32(got[i:]), binary.LittleEndian.Uint32(want[i:])
		gf, wf := math.Float32frombits(g), math.Float32frombits(w)
		if g != w && (gf == gf || wf == wf) {
			return fmt.Errorf("element %d is %v (%#x), want %v (%#x)", i/4, gf, g, wf, w)
		}
		i += 4
	}
	return nil
}

// run executes the kernel in the simulator, and on the hardware if it can,
// where the result must be the same bit for bit. Operands change in place.
func run(t *testing.T, k simd.Kernel, p *simd.Program, args ...any) {
	t.Helper()
	const guard = 160 // bytes around each operand that must stay as they are
	var m simd.Memory
	regions := map[*array]*simd.Region{}
	memory := map[*array][]uint64{} // hardware copies, on 8-byte boundaries
	var simArgs []any
	var hardArgs []reflect.Value
	for i, x := range args {
		a, ok := x.(*array)
		if !ok {
			simArgs = append(simArgs, x)
			hardArgs = append(hardArgs, reflect.ValueOf(x))
			continue
		}
		if a == nil {
			simArgs = append(simArgs, simd.Ptr(0))
			hardArgs = append(hardArgs, reflect.Zero(reflect.PointerTo(elemOf(p.Params[i].Type))))
			continue
		}
		if regions[a] == nil {
			reg := m.Bytes(a.name, a.data, simd.None)
			for j, access := range a.access {
				reg.Allow(j, 1, access)
			}
			regions[a] = reg
			memory[a] = make([]uint64, (len(a.data)+2*guard)/8+1)
			raw := bytesOf(memory[a])
			for j := range raw {
				raw[j] = 0xc5
			}
			copy(raw[guard:], a.data)
		}
		simArgs = append(simArgs, regions[a].Ptr())
		hardArgs = append(hardArgs, reflect.NewAt(a.elem, unsafe.Pointer(&bytesOf(memory[a])[guard])))
	}
	if err := p.Run(&m, simArgs...); err != nil {
		t.Fatal(err)
	}
	onHardware := callHardware(k, hardArgs)
	for a, reg := range regions {
		before := append([]byte(nil), a.data...)
		reg.GetBytes(a.data)
		if !onHardware {
			continue
		}
		raw := bytesOf(memory[a])
		for j, b := range raw {
			inside := j >= guard && j < guard+len(a.data)
			switch {
			case !inside && b != 0xc5:
				t.Fatalf("%s: byte %d, outside of the operand, was overwritten", a.name, j-guard)
			case inside && a.access[j-guard]&simd.Write == 0 && b != before[j-guard]:
				t.Fatalf("%s: byte %d, which is not an output, was overwritten", a.name, j-guard)
			}
		}
		if err := a.same(raw[guard:guard+len(a.data)], a.data); err != nil {
			t.Fatalf("%s: hardware and simulator differ: %v", a.name, err)
		}
	}
}

func elemOf(t simd.Type) reflect.Type {
	switch t {
	case simd.PtrByte:
		return reflect.TypeFor[byte]()
	case simd.PtrFloat64:
		return reflect.TypeFor[float64]()
	case simd.PtrInt32:
		return reflect.TypeFor[int32]()
	}
	return reflect.TypeFor[float32]()
}

func bytesOf(s []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 8*len(s))
}

// forKernels runs a test for every kernel of a family.
func forKernels(t *testing.T, family string, f func(t *testing.T, k simd.Kernel, p *simd.Program)) {
	for _, k := range Kernels(family) {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			f(t, k, program(t, k))
		})
	}
}

func putFloat64(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) }

func getFloat64(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
