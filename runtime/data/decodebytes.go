package data

import (
	"bytes"
	"image"
)

// DecodeBytes reads a picture file that is in memory, by the rules of Decode. Its
// errors name no file.
func DecodeBytes(file []byte, maxPixels int) (image.Image, error) {
	return decode(bytes.NewReader(file), int64(len(file)), file[:min(len(file), headBytes)], maxPixels)
}
