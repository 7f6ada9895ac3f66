package doors

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// row is one thing that is asked at both doors, and the code of the answer.
type row struct {
	op, code string
	name     string // what is special about it; "": nothing
	ask      func(*testing.T, scene) said

	tokenOnly bool // it is about the access token itself, which a gateway would refuse
	otherData bool // the command tells in another form what the route tells
}

// rows is the table.
func rows() []row {
	return slices.Concat(loginRows(), refreshRows(), sessionRows(), roleRows(), tenantRows(), everyRows())
}

// TestBothDoors: what is asked at one door is answered with the same code, the
// same data and the same things to act on as at the other.
func TestBothDoors(t *testing.T) {
	for _, r := range rows() {
		t.Run(strings.TrimRight(r.op+" "+r.code+" "+r.name, " "), func(t *testing.T) {
			t.Parallel()
			o, known := ops[r.op]
			if !known {
				t.Fatalf("there is no %q", r.op)
			}
			want := r.ask(t, scene{newWorld(t, true), o, "http"})
			if want.Code != r.code {
				t.Fatalf("http: got %s, want %s: %+v", want.Code, r.code, want)
			}
			ways := []string{"token", "claims"}
			if r.tokenOnly || o.tokenOnly || o.tenants() {
				ways = ways[:1]
			}
			for _, way := range ways {
				got := r.ask(t, scene{newWorld(t, false), o, way})
				if r.otherData {
					want.Keys, got.Keys = nil, nil
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("by HTTP (-) and by %s with %s (+):\n%s", o.command, way, diff)
				}
			}
		})
	}
}

// httpsOwn are codes that only HTTP can answer: two credentials, media types,
// sizes, origins, and of public routes an API key as access token.
var httpsOwn = []string{"AMBIGUOUS_CREDENTIALS", "UNSUPPORTED_MEDIA_TYPE", "BODY_TOO_LARGE", "CROSS_ORIGIN"}

// httpOnly are those of one route, with the reason.
var httpOnly = map[string]string{
	"sign up TOKEN_INVALID": "an API key, in a header", "log in TOKEN_INVALID": "an API key", "verify TOKEN_INVALID": "an API key", "refresh TOKEN_INVALID": "an API key",
	"log in FORBIDDEN":               "a space, in a header",
	"unlock UNLOCK_READY":            "another method",
	"sessions VALIDATION_FAILED":     "a body or a query where none is read",
	"me VALIDATION_FAILED":           "a body or a query where none is read",
	"validate VALIDATION_FAILED":     "a body or a query where none is read",
	"tenant by id VALIDATION_FAILED": "a query that is not known", "tenant by name VALIDATION_FAILED": "a query that is not known",
	"make tenant TENANT_NOT_FOUND": "a tenant, in a header", "list tenants TENANT_NOT_FOUND": "a tenant, in a header",
	"what status VALIDATION_FAILED": "a query that is not known", "delete tenant VALIDATION_FAILED": "a query that is not known",
}

// whoAsks are the codes of requests about tenants that an operator's key does
// not send: commands about tenants name nobody, so that whoever reaches the door
// is an operator.
var whoAsks = []string{"ACCESS_TOKEN_MISSING", "TOKEN_INVALID", "SESSION_NOT_FOUND", "USER_NOT_FOUND", "TENANT_MISMATCH", "FORBIDDEN", "TENANT_INACTIVE"}

// TestTheTableIsWhole: every code that the document says a route answers is in
// the table, or is one that only HTTP has.
func TestTheTableIsWhole(t *testing.T) {
	asked := map[string]bool{}
	for _, r := range rows() {
		asked[r.op+" "+r.code] = true
	}
	documented := documented(t)
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		o := ops[name]
		codes := documented[strings.ReplaceAll(o.path, "{ref}", "{}")+" "+o.method]
		if len(codes) == 0 {
			t.Errorf("%s: %s %s is not in the document", name, o.method, o.path)
		}
		for _, code := range codes {
			at := name + " " + code
			except := slices.Contains(httpsOwn, code) || httpOnly[at] != "" || o.tenants() && slices.Contains(whoAsks, code)
			if asked[at] == except {
				t.Errorf("%s: asked at both doors: %t, an exception: %t", at, asked[at], except)
			}
		}
	}
	for at := range asked {
		name, code, _ := cutLast(at)
		o := ops[name]
		if !slices.Contains(documented[strings.ReplaceAll(o.path, "{ref}", "{}")+" "+o.method], code) {
			t.Errorf("%s is asked, and the document does not have it", at)
		}
	}
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndex(s, " ")
	return s[:max(i, 0)], s[i+1:], i >= 0
}

var place = regexp.MustCompile(`\{[^}]*\}`)

// documented are the codes of every route, by its path and method.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/openapi.json", nil)
	w := httptest.NewRecorder()
	newWorld(t, true).http.ServeHTTP(w, r)
	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Description string }
		}
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &document))
	all := map[string][]string{}
	for path, methods := range document.Paths {
		for method, route := range methods {
			at := place.ReplaceAllString(path, "{}") + " " + strings.ToUpper(method)
			for _, answer := range route.Responses {
				all[at] = append(all[at], strings.Split(answer.Description, ", ")...)
			}
			slices.SortFunc(all[at], cmp.Compare)
			all[at] = slices.Compact(all[at])
		}
	}
	return all
}

// TestDoorsShareTheirLimits: what an address or an account has used up at one
// door is used up at the other, either way round.
func TestDoorsShareTheirLimits(t *testing.T) {
	for _, ways := range [][]string{{"http", "token"}, {"token", "http"}} {
		for name, body := range map[string]object{"log in": nil, "sign up": nil, "refresh": nil, "unlock": nil} {
			t.Run(name+" by "+ways[0], func(t *testing.T) {
				t.Parallel()
				first := scene{newWorld(t, true), ops[name], ways[0]}
				second := first
				second.way = ways[1]
				until(t, "RATE_LIMITED", 1000, func() said { return first.ask(t, nobody(""), body) })
				if got := second.ask(t, nobody(""), body); got.Code != "RATE_LIMITED" || !got.Wait {
					t.Errorf("got %+v at the other door", got)
				}
			})
		}
	}
}
