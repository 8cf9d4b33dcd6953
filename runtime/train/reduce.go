package train

// reduceBlock is the number of elements that are added at a time: the blocks of
// all shards fit in the first-level cache.
const reduceBlock = 512

// reduceShards adds elements [lo, hi) of all shards into the first, in a binary
// tree over the shard numbers:
//
//	g0+g1  g2+g3  g4+g5  g6+g7
//	   \   /         \   /
//	    \ /           \ /
//	     +-------------+
//
// The tree is the same for every element, whatever range a call covers, and it
// keeps rounding errors at log2(shards). The sum is multiplied by scale. It
// reports whether all sums are finite.
func reduceShards(shards [][]float32, lo, hi int, scale float32) (finite bool) {
	finite = true
	if len(shards) == 8 {
		return reduceEight(shards, lo, hi, scale)
	}
	for ; lo < hi; lo += reduceBlock {
		end := min(lo+reduceBlock, hi)
		for stride := 1; stride < len(shards); stride *= 2 {
			for l := 0; l+stride < len(shards); l += 2 * stride {
				addTo(shards[l][lo:end], shards[l+stride][lo:end])
			}
		}
		if scale != 1 {
			for i := range shards[0][lo:end] {
				shards[0][lo+i] *= scale
			}
		}
		finite = allFinite(shards[0][lo:end]) && finite
	}
	return finite
}

// reduceEight is reduceShards for eight shards, the number that plans choose for
// all but small batches and very large networks: one pass, whose sums stay in
// registers. Its additions and their order are the same.
func reduceEight(shards [][]float32, lo, hi int, scale float32) (finite bool) {
	sum := shards[0][lo:hi]
	n := len(sum)
	l1, l2, l3 := shards[1][lo:hi][:n], shards[2][lo:hi][:n], shards[3][lo:hi][:n]
	l4, l5, l6, l7 := shards[4][lo:hi][:n], shards[5][lo:hi][:n], shards[6][lo:hi][:n], shards[7][lo:hi][:n]
	// v-v is zero for finite v only; two sums are two chains of additions.
	var even, odd float32
	i := 0
	for ; i+1 < n; i += 2 {
		v := (((sum[i] + l1[i]) + (l2[i] + l3[i])) + ((l4[i] + l5[i]) + (l6[i] + l7[i]))) * scale
		w := (((sum[i+1] + l1[i+1]) + (l2[i+1] + l3[i+1])) + ((l4[i+1] + l5[i+1]) + (l6[i+1] + l7[i+1]))) * scale
		sum[i], sum[i+1] = v, w
		even += v - v
		odd += w - w
	}
	if i < n {
		v := (((sum[i] + l1[i]) + (l2[i] + l3[i])) + ((l4[i] + l5[i]) + (l6[i] + l7[i]))) * scale
		sum[i] = v
		even += v - v
	}
	return even+odd == 0
}

// addTo adds src to dst, element by element.
func addTo(dst, src []float32) {
	src = src[:len(dst)]
	for len(dst) >= 8 {
		d, s := (*[8]float32)(dst), (*[8]float32)(src)
		d[0] += s[0]
		d[1] += s[1]
		d[2] += s[2]
		d[3] += s[3]
		d[4] += s[4]
		d[5] += s[5]
		d[6] += s[6]
		d[7] += s[7]
		dst, src = dst[8:], src[8:]
	}
	for i, v := range src[:len(dst)] {
		dst[i] += v
	}
}

// allFinite reports whether x holds neither NaN nor an infinity: v-v is zero for
// finite v only, and anything added to NaN stays NaN.
func allFinite(x []float32) bool {
	var a, b, c, d float32
	for len(x) >= 4 {
		v := (*[4]float32)(x)
		a += v[0] - v[0]
		b += v[1] - v[1]
		c += v[2] - v[2]
		d += v[3] - v[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v - v
	}
	return a+b+c+d == 0
}
