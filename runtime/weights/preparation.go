package weights

import "strings"

// TableKey is the key of File.Metadata that holds Preparation.Table, and
// preparationPrefix begins the names of its tensors.
const (
	TableKey          = "table"
	preparationPrefix = "preprocess/"
)

// Preparation is what training learned about preparing examples. Weights are of
// no use without it, so it is in the same file.
type Preparation struct {
	// Table says how rows of tables are prepared: the JSON of a table.Fitted.
	// Empty: the network is not for tables.
	Table string
	// Tensors are numbers that values are standardized with: see
	// preprocess.Standard. Their names begin with "preprocess/".
	Tensors []Tensor
}

// Prepared returns the preparation of a file; it is empty where there is none.
func (f *File) Prepared() Preparation {
	p := Preparation{Table: f.Metadata[TableKey]}
	for _, t := range f.Tensors {
		if strings.HasPrefix(t.Name, preparationPrefix) {
			p.Tensors = append(p.Tensors, t)
		}
	}
	return p
}

// Find returns the numbers of a tensor, nil when there is none of that name.
func (p *Preparation) Find(name string) []float32 {
	for i := range p.Tensors {
		if p.Tensors[i].Name == name {
			return p.Tensors[i].Data
		}
	}
	return nil
}
