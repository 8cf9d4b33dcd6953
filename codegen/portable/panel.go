package portable

import "unsafe"

// packPanelGo copies lanes channels of a block of pixels into one dense panel and
// sums them for the bias gradient.
//
//	for g < imgs, r < rows, q < cols, j < lanes:
//	    panel[((g*rows+r)*cols+q)*lanes + j] = dy[g*dyImg + r*dyRow + q*dyCol + j]
//	db[j] += the sum of channel j over the block, added once per call
//
// lanes is a multiple of 8. db may be nil.
func packPanelGo(lanes int, dy, panel, db *float32, imgs, rows, cols, dyImg, dyRow, dyCol int) {
	to := 0
	for g := range imgs {
		for r := range rows {
			for q := range cols {
				src := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dy), 4*(g*dyImg+r*dyRow+q*dyCol))), lanes)
				copy(unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(panel), 4*to)), lanes), src)
				to += lanes
			}
		}
	}
	if db != nil {
		colSumGo(lanes, dy, db, imgs, rows, cols, dyImg, dyRow, dyCol)
	}
}

// colSumGo sums channels over a block of pixels: the bias gradient.
//
//	db[j] += sum over g < imgs, r < rows, q < cols of dy[g*dyImg + r*dyRow + q*dyCol + j]
//
// lanes is a multiple of 8. The sum starts at 0 in every call and is added once.
func colSumGo(lanes int, dy, db *float32, imgs, rows, cols, dyImg, dyRow, dyCol int) {
	if imgs <= 0 || rows <= 0 || cols <= 0 {
		return
	}
	for j := 0; j < lanes; j += 8 {
		var a0, a1, a2, a3, a4, a5, a6, a7 float32
		for g := range imgs {
			for r := range rows {
				p := unsafe.Add(unsafe.Pointer(dy), 4*(g*dyImg+r*dyRow+j))
				o := 0
				for range cols {
					d := (*[8]float32)(unsafe.Add(p, o))
					a0 += d[0]
					a1 += d[1]
					a2 += d[2]
					a3 += d[3]
					a4 += d[4]
					a5 += d[5]
					a6 += d[6]
					a7 += d[7]
					o += 4 * dyCol
				}
			}
		}
		s := (*[8]float32)(unsafe.Add(unsafe.Pointer(db), 4*j))
		s[0] += a0
		s[1] += a1
		s[2] += a2
		s[3] += a3
		s[4] += a4
		s[5] += a5
		s[6] += a6
		s[7] += a7
	}
}
