package support

// pixelTable lists the places of rows*cols pixels, in row-major order, as pairs
// of offsets: in the input and in the output.
func pixelTable(rows, cols, xRow, xCol, yRow, yCol int) []int32 {
	t := make([]int32, 0, 2*rows*cols)
	for r := range rows {
		for q := range cols {
			t = append(t, int32(r*xRow+q*xCol), int32(r*yRow+q*yCol))
		}
	}
	return t
}

// rowTable lists the rows of packed weights as pairs of offsets: in the input,
// and of the row's 16 values in a panel. Each triple stands for count
// consecutive rows: {input offset, row, count}.
func rowTable(runs ...[3]int) []int32 {
	var t []int32
	for _, run := range runs {
		for i := range run[2] {
			t = append(t, int32(run[0]+i), int32(16*(run[1]+i)))
		}
	}
	return t
}
