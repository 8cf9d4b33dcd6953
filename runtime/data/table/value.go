package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// missing reports whether the text of a cell stands for a value that is not
// there: nothing, NA, N/A, NaN, null, None or a question mark, in any case of
// letters.
func missing(text string) bool {
	switch len(text) {
	case 0:
		return true
	case 1:
		return text == "?"
	case 2:
		return strings.EqualFold(text, "na")
	case 3:
		return strings.EqualFold(text, "nan") || strings.EqualFold(text, "n/a")
	case 4:
		return strings.EqualFold(text, "null") || strings.EqualFold(text, "none")
	}
	return false
}

// parseNumber reads the number in a cell; spaces around it do not count. NaN
// stands for a missing value. Infinite numbers, and those too large for a
// float64, are errors.
func parseNumber(text string, decimalComma bool) (float64, error) {
	text = strings.TrimSpace(text)
	if missing(text) {
		return math.NaN(), nil
	}
	plain := text
	if decimalComma {
		if strings.Contains(text, ".") {
			return 0, fmt.Errorf("%q is not a number with a decimal comma", text)
		}
		plain = strings.Replace(text, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(plain, 64)
	switch {
	case err == nil && math.IsInf(x, 0) || err != nil && math.IsInf(x, 0):
		return 0, fmt.Errorf("%q is not a finite number", text)
	case err != nil || strings.ContainsAny(plain, "xX_"):
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return x, nil
}
