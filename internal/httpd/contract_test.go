package httpd_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"
)

// scene is one line of the contract at one of its paths, in a world.
type scene struct {
	*world
	row  row
	path string
}

// call sends a request to the line's path.
func (s scene) call(t testing.TB, body any, headers ...string) answer {
	t.Helper()
	return s.do(t, s.row.method+" "+s.path, body, headers...)
}

// entry are headers that let a request in, where any are needed.
func (s scene) entry(t testing.TB, more ...string) []string {
	if !s.row.private {
		return more
	}
	return s.join(t, "").bearer(more...)
}

// producer makes the world give one answer.
type producer func(testing.TB, scene) answer

// every is all producers, by path and code.
var every = renew()

// produce makes the line answer a code.
func (s scene) produce(t testing.TB, code string, status int) {
	t.Helper()
	f, ok := every[s.row.path+" "+code]
	if !ok && s.row.linked {
		f, ok = linkProducers[code]
	}
	if !ok {
		f, ok = common[code]
	}
	if !ok {
		t.Fatalf("nothing here produces %s at %s", code, s.row)
	}
	if name := codes404[code]; name != "" {
		code = name
	}
	f(t, s).want(t, status, code)
}

// TestEveryLineOfTheContract makes every route, at each of its paths, answer
// each of its successes and errors, and fails when a code of the contract or of
// the OpenAPI document was never answered.
func TestEveryLineOfTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Longer than a refresh token, whose end can then be reached.
	w.service.Lifetimes.Access = 30 * 24 * time.Hour
	for _, r := range contract {
		t.Run(r.String(), func(t *testing.T) {
			for _, path := range r.paths() {
				s := scene{w, r, path}
				for _, want := range r.success {
					a := every[r.path+" "+want.code](t, s).want(t, want.status, want.code)
					checkData(t, a, want)
				}
				for _, code := range slices.Sorted(maps.Keys(r.allErrors())) {
					if code != "TENANT_CONNECTION_MISSING" {
						s.produce(t, code, r.allErrors()[code])
					}
				}
			}
		})
	}
	t.Run("the database is gone", func(t *testing.T) { produceOutage(t, w) })
	t.Run("nothing is left out", func(t *testing.T) { checkComplete(t, w) })
}

// produceOutage closes the store under every route.
func produceOutage(t *testing.T, w *world) {
	p := w.join(t, "")
	links := map[string]string{}
	for _, r := range contract {
		if r.linked {
			links[r.path] = scene{w, r, r.path}.anyLink(t)
		}
	}
	must(t, w.store.Close())
	w.live.DropAll()
	for _, r := range contract {
		for _, path := range r.paths() {
			if r.linked {
				scene{w, r, path}.follow(t, links[r.path], "password", "loud-comet-17-harbour").want(t, 503, "TENANT_CONNECTION_MISSING")
				continue
			}
			w.do(t, r.method+" "+path, nil, p.bearer()...).want(t, 503, "TENANT_CONNECTION_MISSING")
		}
	}
}

// checkComplete compares what was answered with the contract and the document.
func checkComplete(t *testing.T, w *world) {
	d := openDocument(t, w.door.Document())
	for _, r := range contract {
		var want []string
		for _, s := range r.success {
			want = append(want, s.code)
		}
		for code := range r.allErrors() {
			if name := codes404[code]; name != "" {
				code = name
			}
			want = append(want, code)
		}
		slices.Sort(want)
		want = slices.Compact(want)
		for _, path := range append([]string{r.path}, r.aliases...) {
			got := slices.Sorted(maps.Keys(w.ledger.seen[r.method+" "+path]))
			if !slices.Equal(got, want) {
				t.Errorf("%s %s answered\n%q, the contract has\n%q", r.method, path, got, want)
			}
			if got := d.codes(r.method, path); !slices.Equal(got, want) {
				t.Errorf("%s %s is documented with\n%q, the contract has\n%q", r.method, path, got, want)
			}
		}
	}
}

// checkData looks at the names in a success.
func checkData(t testing.TB, a answer, want result) {
	t.Helper()
	if want.fields == nil {
		return
	}
	got := names(t, a.Data)
	for _, name := range got {
		if !slices.Contains(want.fields, name) && !slices.Contains(want.maybe, name) {
			t.Errorf("%s: data has %s", a.request, name)
		}
	}
	for _, name := range want.fields {
		if !slices.Contains(got, name) {
			t.Errorf("%s: data lacks %s", a.request, name)
		}
	}
	var data struct{ User json.RawMessage }
	a.into(t, &data)
	if data.User != nil {
		checkUser(t, a, data.User)
	}
}

func checkUser(t testing.TB, a answer, user json.RawMessage) {
	t.Helper()
	if got := names(t, user); !slices.Equal(without(got, "nickname", "mobile"), userFields) {
		t.Errorf("%s: user has %q, want %q", a.request, got, userFields)
	}
	var inner struct{ Tenants []json.RawMessage }
	must(t, json.Unmarshal(user, &inner))
	if len(inner.Tenants) == 0 || !slices.Equal(names(t, inner.Tenants[0]), seatFields) {
		t.Errorf("%s: user with tenants %s", a.request, user)
	}
}

func without(all []string, those ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(those, s) })
}

// TestRequestFieldsAreThoseOfTheContract compares the document's request bodies
// with the table.
func TestRequestFieldsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	d := openDocument(t, newWorld(t).door.Document())
	for _, r := range contract {
		for _, path := range append([]string{r.path}, r.aliases...) {
			schema := at(d.operation(r.method, path), "requestBody", "content", "application/json", "schema")
			if ref, ok := at(schema, "$ref").(string); ok {
				schema, _ = d.resolve(ref)
			}
			got := slices.Sorted(maps.Keys(asObject(at(schema, "properties"))))
			if want := slices.Sorted(slices.Values(r.fields)); !slices.Equal(got, want) {
				t.Errorf("%s %s takes %q, the contract has %q", r.method, path, got, want)
			}
		}
	}
}
