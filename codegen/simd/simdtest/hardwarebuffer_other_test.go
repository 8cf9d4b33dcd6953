//go:build !amd64

package simdtest

import (
	"reflect"

	"github.com/cnnc/cnnc/codegen/simd"
)

func assembled(simd.Kernel) any { return nil }

func callHardware(simd.Kernel, []reflect.Value) bool { return false }
