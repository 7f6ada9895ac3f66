package mail

import (
	htmltemplate "html/template"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/latchkey/latchkey/internal/auth"
)

// plainColor is that of buttons where a tenant has no colour of its own.
const plainColor = "#1a56c4"

// logoName is the content id of a tenant's picture (RFC 2392).
const logoName = "logo"

var hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// colors returns a colour that can stand in a style, and black or white,
// whichever is easier to read on it (WCAG 2.2 §1.4.3).
func colors(brand string) (ground, ink htmltemplate.CSS) {
	if !hexColor.MatchString(brand) {
		brand = plainColor
	}
	ground, ink = htmltemplate.CSS(brand), "#ffffff" // #nosec G203 -- six hexadecimal digits
	if brightness(brand) > 0.179 {                   // where black and white contrast alike
		ink = "#000000"
	}
	return ground, ink
}

// brightness is the relative luminance of #rrggbb, from 0 to 1.
func brightness(color string) float64 {
	part := func(at int) float64 {
		n, err := strconv.ParseUint(color[at:at+2], 16, 8)
		if err != nil { // not after hexColor
			return 0
		}
		return linear(float64(n) / 255)
	}
	return 0.2126*part(1) + 0.7152*part(3) + 0.0722*part(5)
}

// linear turns a channel of sRGB into light.
func linear(c float64) float64 {
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// picture reports whether a message has a picture that letters can carry.
func picture(m auth.Message) bool {
	return len(m.Logo) > 0 && slices.Contains([]string{"image/png", "image/jpeg", "image/webp"}, m.LogoType)
}
