package site

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestPicture: a logo is shown when it is a picture in the address itself, and
// nothing that is fetched or could run.
func TestPicture(t *testing.T) {
	for logo, want := range map[string]bool{
		"data:image/png;base64,iVBORw0KGgo=": true, "data:image/jpeg;base64,/9j/": true, "data:image/webp;base64,UklGRg": true,
		"": false, "data:image/svg+xml;base64,PHN2Zz4=": false, "https://evil.test/x.png": false, "data:text/html;base64,PHNjcmlwdD4=": false,
		"data:image/png;base64,iVBORw0KGgo=\" onerror=\"alert(1)": false, "javascript:alert(1)": false, "data:image/png,x": false,
	} {
		if got := (brand{Front: auth.Front{Logo: logo}}).Picture(); (string(got) == logo && logo != "") != want || !want && got != "" {
			t.Errorf("%q: shown as %q, want it shown: %v", logo, got, want)
		}
	}
}
