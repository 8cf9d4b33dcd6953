package portable

import "unsafe"

// gatherEntry is the length of an entry of gatherSumGo's table.
const gatherEntry = 17

// gatherSumGo gathers and adds channels of n pixels, eight at a time.
//
//	for o < n, v < vectors:
//	    acc[0:8] = 0
//	    for e < entries, with (off, lane[8], keep[8]) entry v*entries+e of tab:
//	        acc[j] += keep[j] & x[o*xStep + off + lane[j]]
//	    y[o*yStep + v*8 + j] = acc[j]
//
// keep is -1 or 0, and lane 0 to 7.
func gatherSumGo(x, y *float32, tab *int32, n, vectors, entries, xStep, yStep int) {
	all := unsafe.Slice(tab, gatherEntry*vectors*entries)
	for o := range n {
		p := unsafe.Add(unsafe.Pointer(x), 4*o*xStep)
		d := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(y), 4*o*yStep)), 8*vectors)
		for v := range vectors {
			var acc [8]float32
			for e := range entries {
				t := all[gatherEntry*(v*entries+e):][:gatherEntry]
				s := (*[8]float32)(unsafe.Add(p, 4*int(t[0])))
				for j := range acc {
					if t[9+j] != 0 {
						acc[j] += s[t[1+j]&7]
					}
				}
			}
			copy(d[8*v:], acc[:])
		}
	}
}
