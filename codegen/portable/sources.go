package portable

import (
	"embed"
	"sync"

	"github.com/cnnc/cnnc/codegen/extract"
)

//go:embed activation.go actgrad.go actgradsmooth.go actsmooth.go avgpool.go catalogue.go depthwise.go depthwiserow.go dropout.go elementwise.go exp.go gathersum.go igemm.go layernorm.go maxpool.go narrow.go norm.go optimizer.go panel.go peak.go penalty.go softmax.go subnormal.go tile.go transpose.go wgrad.go winograd.go winograd2.go winogradpool.go
var kernelFiles embed.FS

// kernelFileNames are the embedded files, sorted by name.
func kernelFileNames() ([]string, error) {
	entries, err := kernelFiles.ReadDir(".")
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// kernelPackage parses the embedded files once.
var kernelPackage = sync.OnceValues(func() (*extract.Package, error) {
	names, err := kernelFileNames()
	if err != nil {
		return nil, err
	}
	return extract.Parse(kernelFiles, names...)
})

// Sources returns the source text of the named kernel functions (Kernel.Func) and of
// every function and constant of this package that they need, each with its doc
// comment, separated by blank lines and ready to stand in another package. imports
// are the paths that the text needs, sorted. The result depends only on the set of
// names: declarations come in the order of the kernel files. An unknown name is an
// error.
func Sources(names ...string) (decls []byte, imports []string, err error) {
	p, err := kernelPackage()
	if err != nil {
		return nil, nil, err
	}
	code, err := p.Closure(names...)
	if err != nil {
		return nil, nil, err
	}
	return []byte(code.Text + "\n"), code.Imports, nil
}

// Names lists every name that the kernel files declare, sorted: what a package that
// takes Sources must not use for anything else.
func Names() []string {
	p, err := kernelPackage()
	if err != nil {
		return nil // the files are part of this package; a test parses them
	}
	return p.Names()
}
