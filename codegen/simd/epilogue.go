package simd

// epilogueDoc is the end of the scalar loop of a product: what becomes of the sum acc,
// whose place in add, mask and y is at.
func epilogueDoc(v Variant, acc, at string) []string {
	var doc []string
	if v.Add {
		doc = append(doc, "\t\t"+acc+" += add["+at+"]")
	}
	if v.ReLU {
		doc = append(doc, "\t\t"+acc+" = max("+acc+", 0)")
	}
	if v.Mask {
		doc = append(doc, "\t\t"+acc+" = mask["+at+"] > 0 ? "+acc+" : 0")
	}
	return append(doc, "\t\ty["+at+"] = "+acc)
}
