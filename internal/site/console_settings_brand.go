package site

import (
	"cmp"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// preview is how a tenant's log-in looks, or would.
type preview struct {
	Name, Color, Logo string
	Kept              bool // the picture was sent and is not the tenant's yet
}

// Sheet is the address of the colours of the preview, "" without any.
func (p preview) Sheet() string {
	if p.Color == "" {
		return ""
	}
	return account + "/static/preview/" + p.Color[1:] + ".css"
}

// Picture is the logo as a page may show it.
func (p preview) Picture() template.URL { return picture(p.Logo) }

// picture is a data: URL of a PNG, JPEG or WebP, which cannot hold a script, and
// "" for all else.
func picture(address string) template.URL {
	if !aPicture.MatchString(address) {
		return ""
	}
	return template.URL(address) //nolint:gosec // a picture and nothing else, as the pattern says
}

// previewSheet is the sheet of a tenant's colour, for a preview of it alone.
func previewSheet(v *visit) {
	f, found := colours(v.r.PathValue("sheet"), ".preview")
	if !found {
		v.refuse(http.StatusNotFound, auth.ErrNoRoute.Code)
		return
	}
	v.w.Header().Set("Content-Type", f.kind)
	v.w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = v.w.Write(f.body) // who no longer listens needs no answer
}

// form reads the form that was sent, which may have a picture in it.
func (v *visit) form() error {
	err := v.r.ParseMultipartForm(1 << 20) //nolint:gosec // the door takes no more than 64 KiB
	if errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	return err
}

// tooLarge answers a form that the door did not take whole.
func (v *visit) tooLarge() {
	v.r.PostForm, v.r.Form = map[string][]string{"form": {"brand"}}, map[string][]string{}
	if d, found := v.settings(); found {
		var a answer
		a.Status, a.Meta.Code = http.StatusRequestEntityTooLarge, auth.ErrBodyTooLong.Code
		a.Meta.Fields = []auth.FieldProblem{{Field: "brand.logo", Problem: "must have at most 32 KiB"}}
		v.settled(d, a)
	}
}

var (
	aColor   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	aPicture = regexp.MustCompile(`^data:image/(png|jpeg|webp);base64,[0-9a-zA-Z+/]+=*$`)
)

// changeBrand changes how a tenant looks, or shows how it would.
func (v *visit) changeBrand(d tenantSettings) {
	logo, err := v.picture("logo")
	if err != nil {
		v.failed(v.broken("the picture could not be read", err))
		return
	}
	color, logo := strings.TrimSpace(v.field("color")), cmp.Or(logo, v.field("keptLogo"))
	d.Preview = v.previewed(d.Preview, color, logo)
	if v.field("do") == "preview" {
		v.retype(d)
		v.render(http.StatusOK, page{name: "settings", data: d})
		return
	}
	c := tenantChange{Brand: map[string]string{}}
	switch {
	case strings.EqualFold(color, d.Brand.Color):
	case color == "":
		c.Reset = append(c.Reset, "color")
	default:
		c.Brand["color"] = color
	}
	if logo != "" {
		c.Brand["logo"] = logo
	}
	if v.field("noLogo") != "" {
		c.Reset = append(c.Reset, "logo")
	}
	v.change(d, c)
}

// previewed is how a tenant would look with that colour and that picture.
func (v *visit) previewed(now preview, color, logo string) preview {
	now.Color = ""
	if aColor.MatchString(color) {
		now.Color = color
	}
	if v.field("noLogo") != "" {
		now.Logo = ""
	}
	if aPicture.MatchString(logo) {
		now.Logo, now.Kept = logo, true
	}
	return now
}

// pictureMost is how much of a picture the API is sent: more than it takes, so
// that it is the API that refuses it.
const pictureMost = 40 << 10

// picture is a file of the form as a data: URL, "" where none was chosen.
func (v *visit) picture(name string) (string, error) {
	f, _, err := v.r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, pictureMost))
	if err != nil || len(body) == 0 {
		return "", err
	}
	return "data:" + http.DetectContentType(body) + ";base64," + base64.StdEncoding.EncodeToString(body), nil
}
