package support

// sumChannels adds the sums of |x| and of x*x over the first c channels of pixels
// of width channels.
func sumChannels(x []float32, sums *[2]float64, c, width int) {
	for len(x) > 0 {
		for _, v := range x[:c] {
			u := float64(v)
			sums[1] += u * u
			if u < 0 {
				u = -u
			}
			sums[0] += u
		}
		x = x[width:]
	}
}

// activityChannels is dx = dy + l1*sign(x) + l2*x in the first c channels of
// pixels of width channels, and dy in the others. l2 comes already doubled.
func activityChannels(dx, dy, x []float32, c, width int, l1, l2 float32) {
	for p := 0; p < len(dx); p += width {
		copy(dx[p:p+width], dy[p:])
		for i, v := range x[p : p+c] {
			d := l2 * v
			if v > 0 {
				d += l1
			} else if v < 0 {
				d -= l1
			}
			dx[p+i] += d
		}
	}
}
