package plan

// MaskBytes is the number of bytes a mask buffer holds for one example.
func (b *Buffer) MaskBytes() int { return b.H * b.W * b.MaskCells * b.Cp / 8 }

// Floats is the memory a buffer takes for micro examples.
func (b *Buffer) Floats(micro int) int {
	if b.Scratch {
		return b.ImageFloats
	}
	return b.ImageFloats * micro
}

// HasHalo reports whether a border is kept around the images.
func (b *Buffer) HasHalo() bool { return b.Top|b.Left|b.Bottom|b.Right != 0 }

// Contiguous reports whether the pixels of an image follow each other without
// gaps between rows.
func (b *Buffer) Contiguous() bool { return b.Left+b.Right == 0 || b.H == 1 }

// Like reports whether offsets computed for b are valid for o: same size,
// channels and border.
func (b *Buffer) Like(o *Buffer) bool {
	return b.H == o.H && b.W == o.W && b.Cp == o.Cp && b.Top == o.Top && b.Left == o.Left &&
		b.Bottom == o.Bottom && b.Right == o.Right && b.MaskCells == o.MaskCells
}

// Overlaps reports whether two buffers of one arena share memory at micro
// examples, whenever they live.
func (b *Buffer) Overlaps(o *Buffer, micro int) bool {
	return b.Space == o.Space && b.Offset < o.Offset+o.Floats(micro) && o.Offset < b.Offset+b.Floats(micro)
}
