package site

import "math"

// turnsDark is the luminance of a ground on which black and white are read
// equally well: black is the better on what is lighter.
const turnsDark = 0.179

// luminance is the relative luminance of a colour of three bytes (WCAG 2.2,
// glossary).
func luminance(rgb []byte) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb[i]) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
