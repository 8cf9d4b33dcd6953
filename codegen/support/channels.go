package support

// Tables of gatherSum for channels that are repeated and added up. An entry is where
// eight inputs begin, which of them goes to each of eight lanes, and -1 for the lanes
// that get one, 0 for the others.

// repeatTable is the table for pixels of c channels in cp, of each of which there
// are to be times: one entry a vector.
func repeatTable(c, cp, times int) []int32 {
	var t []int32
	for v := 0; v < c*times; v += 8 {
		off := min(v/times, cp-8)
		t = append(t, int32(off))
		for o := v; o < v+8; o++ {
			t = append(t, int32(o/times-off))
		}
		for o := v; o < v+8; o++ {
			t = append(t, keepLane(o < c*times))
		}
	}
	return t
}

// sumTable is the table for the way back, from c*times channels to c: as many
// entries for each vector.
func sumTable(c, times int) []int32 {
	var vectors [][]int32
	most := 0
	for v := 0; v < c; v += 8 {
		var entries []int32
		end := min(v+8, c) // of the vector's channels
		for off := v * times; off < end*times; off += 8 {
			// Of the inputs of one channel, each needs an entry of its own.
			for slot := range min(8, times) {
				if e, any := sumEntry(v, end, off, slot, times); any {
					entries = append(entries, e...)
				}
			}
		}
		vectors = append(vectors, entries)
		most = max(most, len(entries))
	}
	var t []int32
	for _, entries := range vectors {
		t = append(append(t, entries...), make([]int32, most-len(entries))...)
	}
	return t
}

// sumEntry is the entry that adds, to each of the channels from v to end, the one
// input of the eight from off on that is its slot-th there, if any has one.
func sumEntry(v, end, off, slot, times int) (entry []int32, any bool) {
	lanes, keep := make([]int32, 8), make([]int32, 8)
	for c := v; c < end; c++ {
		in := max(c*times, off) + slot
		if in < min((c+1)*times, off+8) {
			lanes[c-v], keep[c-v], any = int32(in-off), -1, true
		}
	}
	return append(append([]int32{int32(off)}, lanes...), keep...), any
}

// keepLane is all bits or none.
func keepLane(keep bool) int32 {
	if keep {
		return -1
	}
	return 0
}
