package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/latchkey/latchkey/guard"
)

const (
	mostBody  = 64 << 10 // bytes of a body that becomes a payload
	mostDepth = 31       // levels of it: those of a frame, of which the packet is one
)

var (
	errBodyLarge = guard.Error{Status: http.StatusRequestEntityTooLarge, Code: "BODY_TOO_LARGE", Message: "The request body is too large."}
	errBodyKind  = guard.Error{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "The request body must be application/json."}
	errBodyForm  = guard.Error{Status: http.StatusBadRequest, Code: guard.CodeInvalid, Message: "The request body must be a JSON object in UTF-8, with no name twice and not deeply nested."}
	errQuery     = guard.Error{Status: http.StatusBadRequest, Code: guard.CodeInvalid, Message: "The query must be one, in UTF-8."}
)

// gatewaysOwn are the members of a payload that no request sets: who asks, where,
// and what JavaScript may take for an object's ancestor.
var gatewaysOwn = []string{"tenantId", "req", "__proto__"}

// tenantName is the form of a tenant's name (CONTRACT.md §1).
var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)

// origin is what a command is told of who asks, as the gateway of the seed tells
// it (SEED-SYSTEMS.md §2.4).
type origin struct {
	TenantID string `json:"tenantId,omitempty"`
	Req      struct {
		User    *userClaims    `json:"user,omitempty"`
		Service *serviceClaims `json:"service,omitempty"`
		Headers struct {
			UserAgent string `json:"user-agent"`
			Host      string `json:"host"` // the client's address, whatever its name says
		} `json:"headers"`
	} `json:"req"`
}

// userClaims are who asks, by the names that they have in an access token.
type userClaims struct {
	Subject     string   `json:"sub"`
	SessionID   string   `json:"sid"`
	TenantID    string   `json:"tenantId"`
	SpaceID     string   `json:"spaceId,omitempty"`
	Username    string   `json:"username"`
	Role        string   `json:"role"`
	Permissions []string `json:"permissions,omitempty"`
	IssuedAt    int64    `json:"iat"` // Unix seconds, as exp
	ExpiresAt   int64    `json:"exp"`
}

// serviceClaims are a service that asks with an API key. It is no user: who only
// looks for one finds nobody.
type serviceClaims struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions,omitempty"`
}

// payload makes of a request what its command is sent: the members of its query,
// over them those of its body, over them the wildcards of its path, by which it
// was judged, and then who asks, which nothing of the request can claim.
func (x *exchange) payload() ([]byte, error) {
	members, err := queryMembers(x.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	body, err := x.readBody()
	if err != nil {
		return nil, err
	}
	if err := addBody(members, body); err != nil {
		return nil, err
	}
	for name, value := range wildcards(x.route.Path, x.r.URL.Path) {
		members[name] = quoted(value)
	}
	for _, name := range gatewaysOwn {
		delete(members, name)
	}
	who, err := json.Marshal(x.origin())
	if err != nil || len(members) == 0 {
		return who, err
	}
	said, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	said[len(said)-1] = ','
	return append(said, who[1:]...), nil
}

func (x *exchange) origin() *origin {
	id := x.identity
	o := &origin{TenantID: id.TenantID}
	if named := x.r.Header["X-Tenant-Id"]; id.Kind == "" && len(named) == 1 && tenantName.MatchString(named[0]) {
		o.TenantID = named[0] // nobody's: a wish, as at the seed's gateway
	}
	switch id.Kind {
	case guard.User:
		o.Req.User = &userClaims{
			Subject: id.UserID, SessionID: id.SessionID, TenantID: id.TenantID, SpaceID: id.SpaceID,
			Username: id.Username, Role: id.Role, Permissions: id.Permissions, IssuedAt: id.IssuedAt.Unix(), ExpiresAt: id.ExpiresAt.Unix(),
		}
	case guard.Service:
		o.Req.Service = &serviceClaims{ID: id.KeyID, Name: id.Name, Permissions: id.Permissions}
	}
	o.Req.Headers.UserAgent = x.r.UserAgent()
	o.Req.Headers.Host = x.table.client(x.r)
	return o
}

// client is the address that a request came from: the last one before proxies
// that are trusted.
func (t *table) client(in *http.Request) string {
	at := address(in.RemoteAddr)
	before := strings.Split(strings.Join(in.Header["X-Forwarded-For"], ","), ",")
	for i := len(before) - 1; i >= 0 && t.trusts(at); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(before[i]))
		if err != nil {
			break
		}
		at = a.Unmap().WithZone("").String()
	}
	return at
}

// readBody reads the body of a request; nil: it has none.
func (x *exchange) readBody() ([]byte, error) {
	if x.r.ContentLength > mostBody {
		return nil, errBodyLarge
	}
	body, err := io.ReadAll(io.LimitReader(x.r.Body, mostBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > mostBody:
		return nil, errBodyLarge
	case len(body) > 0 && !isJSON(x.r.Header):
		return nil, errBodyKind
	}
	return body, nil
}

// isJSON reports whether a body is declared as plain JSON in UTF-8.
func isJSON(h http.Header) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	encoding, charset := h.Get("Content-Encoding"), params["charset"]
	return err == nil && kind == "application/json" && len(h["Content-Type"]) == 1 &&
		(encoding == "" || strings.EqualFold(encoding, "identity")) && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// queryMembers are the parameters of a query: strings, and lists of them where a
// name is given twice.
func queryMembers(query string) (map[string]json.RawMessage, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errQuery
	}
	members := make(map[string]json.RawMessage, len(values))
	for name, all := range values {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(all, "")) {
			return nil, errQuery
		}
		if len(all) == 1 {
			members[name] = quoted(all[0])
			continue
		}
		if members[name], err = json.Marshal(all); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// addBody adds the members of a JSON object. What two readers could understand
// as two things is refused.
func addBody(members map[string]json.RawMessage, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	if !utf8.Valid(body) || depth(body) > mostDepth || !json.Valid(body) {
		return errBodyForm
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errBodyForm
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || seen[name] || d.Decode(&value) != nil {
			return errBodyForm
		}
		seen[name], members[name] = true, value
	}
	return nil
}

// depth is how deeply arrays and objects are nested: counted, not recursed into.
func depth(body []byte) (deepest int) {
	now, inside := 0, false // of a string
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			inside = !inside
		case inside && c == '\\':
			i++
		case inside:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// wildcards are the values that a path has for the wildcards of its pattern,
// which it fits. No segment is split by an escaped slash: see [clean].
func wildcards(pattern, path string) map[string]string {
	found := map[string]string{}
	segments := strings.Split(path, "/")
	for i, part := range strings.Split(pattern, "/") {
		if !strings.HasPrefix(part, "{") || part == "{$}" || i >= len(segments) {
			continue
		}
		name := strings.Trim(part, "{}") // a wildcard is a whole segment
		if rest, all := strings.CutSuffix(name, "..."); all {
			found[rest] = strings.Join(segments[i:], "/")
			continue
		}
		found[name] = segments[i]
	}
	return found
}

// quoted is text as a JSON string.
func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil { // a string can always be written
		return json.RawMessage(`""`)
	}
	return raw
}
