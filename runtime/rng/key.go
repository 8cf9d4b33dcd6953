package rng

// gamma is the increment of splitmix64: 2^64 divided by the golden ratio, odd.
const gamma = 0x9e3779b97f4a7c15

// Purpose separates the uses of one seed, so that no two of them see related
// numbers. The values are part of every result: append, never renumber.
type Purpose uint64

const (
	Init    Purpose = 1 // initial weights; index = number of the parameter
	Shuffle Purpose = 2 // order of the examples of an epoch
	Example Purpose = 3 // what happens to one example in one epoch
	Split   Purpose = 4 // which examples a split takes
	Limit   Purpose = 5 // which examples a limit keeps
	Doodle  Purpose = 6 // drawn figures
	Augment Purpose = 7 // random changes of an example
	Dropout Purpose = 8 // masks; index = number of the layer
)

// Mix is the output function of splitmix64, a bijection of 64-bit words in
// which every input bit reaches every output bit (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", OOPSLA 2014; constants of Stafford's
// variant 13, as in the reference code of S. Vigna).
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Hash joins words into one; their order counts.
func Hash(words ...uint64) uint64 {
	h := uint64(0)
	for _, w := range words {
		h = Mix((h + gamma) ^ w)
	}
	return h
}

// HashString is a hash of a name: FNV-1a, mixed.
func HashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Mix(h)
}

// Key is the key of one use of a seed.
func Key(seed uint64, epoch, index int, p Purpose) uint64 {
	return Hash(seed, uint64(epoch), uint64(index), uint64(p))
}
