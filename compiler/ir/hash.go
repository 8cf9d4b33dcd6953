package ir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// LayerHash identifies one layer of a network.
type LayerHash struct {
	Layer string
	// Hash is the first 16 hexadecimal digits of a SHA-256.
	Hash string
}

// LayerHashes identifies each layer of the network that computes g.Scores, in
// order: its operations with attributes and shapes, its parameters, and the
// names of the layers it reads. A change of one layer does not reach the hashes
// of the layers behind it unless their shapes change, so the first difference
// between two lists names the layer where two networks part.
//
// Not part of it are scalars, regularization, initializers and everything that
// belongs to the loss: none of them makes weights unusable. It must be taken
// before any pass has run, since passes rewrite layers.
func LayerHashes(g *Graph) []LayerHash {
	live := make([]bool, len(g.Values))
	if g.Scores != nil {
		live[g.Scores.ID] = true
	}
	for i := len(g.Values) - 1; i >= 0; i-- {
		if live[i] {
			for _, a := range g.Values[i].Args {
				live[a.ID] = true
			}
		}
	}
	// A penalty of activities makes no weights unusable: it is passed over.
	plain := func(v *Value) *Value {
		for v.Op == "activity" {
			v = v.Args[0]
		}
		return v
	}
	var order []string
	text := make(map[string][]byte)
	for i, v := range g.Values {
		if !live[i] || v.Op == "activity" {
			continue
		}
		if _, ok := text[v.Layer]; !ok {
			order = append(order, v.Layer)
		}
		line := fmt.Appendf(nil, "%s = %s", v.Name, v.Op)
		for _, a := range v.Args {
			line = fmt.Appendf(line, " %s", plain(a).Name)
		}
		if _, ok := v.Attr.(DropoutAttr); !ok && v.Attr != nil {
			line = fmt.Appendf(line, " {%v}", v.Attr)
		}
		text[v.Layer] = fmt.Appendf(append(text[v.Layer], line...), " : %s\n", v.Type())
	}
	hashes := make([]LayerHash, len(order))
	for i, layer := range order {
		sum := sha256.Sum256(text[layer])
		hashes[i] = LayerHash{layer, hex.EncodeToString(sum[:8])}
	}
	return hashes
}

// NetworkHash identifies the whole network: 32 hexadecimal digits over its
// layers' hashes.
func NetworkHash(layers []LayerHash) string {
	h := sha256.New()
	for _, l := range layers {
		io.WriteString(h, l.Layer+" "+l.Hash+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// FirstDifference names the first layer at which two networks part, or "" when
// they are the same: the layer of want, or, when have goes on after want has
// ended, the layer of have.
func FirstDifference(want, have []LayerHash) string {
	for i, w := range want {
		if i >= len(have) || have[i] != w {
			return w.Layer
		}
	}
	if len(have) > len(want) {
		return have[len(want)].Layer
	}
	return ""
}
