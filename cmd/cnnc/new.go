package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cnnc/cnnc/dsl"
)

// starter is the model file that new writes, a network for doodles: it runs as
// it stands, without any data.
//
//go:embed starter.cnn
var starter string

// starterDoc is the Go file beside it, with the generate line.
const starterDoc = `// Package %[1]s holds the network of %[1]s.cnn.
package %[1]s

//` + `go:generate go tool cnnc generate -o . %[1]s.cnn
`

// modelName is a name that the language, Go packages and files can have.
var modelName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

type newCmd struct {
	Name string `arg:"" help:"Name of the model and of its Go package: letters a to z and digits. A folder of that name is made."`
}

// Run writes NAME/NAME.cnn and NAME/generate.go.
func (c *newCmd) Run(s *streams) error {
	if !modelName.MatchString(c.Name) || token.IsKeyword(c.Name) || c.Name == "main" {
		return usageErrorf("%q cannot be the name of a model: want letters a to z and digits that name a Go package, such as doodles", c.Name)
	}
	if _, err := os.Stat(c.Name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s exists already", c.Name)
		}
		return err
	}
	model := filepath.Join(c.Name, c.Name+".cnn")
	text := strings.ReplaceAll(starter, "NAME", c.Name)
	if _, mistakes := dsl.ParseFile(model, text); mistakes.HasErrors() {
		return usageErrorf("%q cannot be the name of a model: it is a word of the language", c.Name)
	}
	if err := writeIfChanged(model, []byte(text)); err != nil {
		return err
	}
	if err := writeIfChanged(filepath.Join(c.Name, "generate.go"), fmt.Appendf(nil, starterDoc, c.Name)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, `%[1]s: a network for generated doodles. Next:
    cnnc check %[1]s
    cnnc train %[1]s
    cnnc generate -o %[2]s %[1]s
`, filepath.ToSlash(model), c.Name)
	return err
}
