package guardtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// What a test lets happen is known to guards when the method returns.
func TestWhatItTellsIsHeard(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *guardtest.Server{"loopback": guardtest.New, "in process": guardtest.NewInProcess} {
		t.Run(name, func(t *testing.T) {
			auth := start(t)
			g, other := auth.Guard(), auth.Guard()
			for i := range 50 {
				session := fmt.Sprint("s", i)
				token := auth.Token(guardtest.User{SessionID: session})
				if _, err := g.Verify(t.Context(), token); err != nil {
					t.Fatalf("before: %v", err)
				}
				auth.EndSession(session, "logout")
				for _, g := range []*guard.Guard{g, other} {
					_, err := g.Verify(t.Context(), token)
					expect(t, err, guard.CodeSessionEnded, "logout")
				}
			}
		})
	}
}

func TestToken(t *testing.T) {
	auth := guardtest.New(t)
	g := auth.Guard()
	id, err := g.Verify(t.Context(), auth.Token(guardtest.User{}))
	if err != nil || id.UserID == "" || id.TenantID != "default" || id.Role != "user" || id.SessionID == "" || id.SpaceID == "" {
		t.Errorf("got %+v, %v", id, err)
	}
	if life := id.ExpiresAt.Sub(id.IssuedAt); life != guardtest.Life {
		t.Errorf("got a life of %v", life)
	}
	_, err = g.Verify(t.Context(), auth.Token(guardtest.User{Life: -time.Minute}))
	expect(t, err, guard.CodeTokenInvalid, "expired")
	_, err = g.Verify(t.Context(), guardtest.New(t).Token(guardtest.User{}))
	expect(t, err, guard.CodeTokenInvalid, "signature")
}

func TestServiceKey(t *testing.T) {
	auth := guardtest.New(t)
	g := auth.Guard()
	key := auth.ServiceKey("orders:read")
	if id, err := g.Verify(t.Context(), key); err != nil || id.Kind != guard.Service || !id.Has("orders:read") {
		t.Errorf("got %+v, %v", id, err)
	}
	auth.RevokeKey(key)
	_, err := g.Verify(t.Context(), key)
	expect(t, err, guard.CodeTokenInvalid, "revoked")
	// A service may listen with a key of its own, if that has the scope.
	for scope, want := range map[string]bool{"revocations:read": true, "orders:read": false} {
		c := auth.Config()
		c.Feed.Key = auth.ServiceKey(scope)
		listener, err := guard.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := listener.Ready(t.Context()); (err == nil) != want {
			t.Errorf("with %s: got %v", scope, err)
		}
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAway(t *testing.T) {
	auth := guardtest.New(t)
	auth.Away()
	if _, err := http.Get(auth.URL + "/.well-known/jwks.json"); err == nil {
		t.Error("it answers while it is away")
	}
	auth.Back()
	res, err := http.Get(auth.URL + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("got %d", res.StatusCode)
	}
}

func expect(t *testing.T, err error, code, reason string) {
	t.Helper()
	var e guard.Error
	if !errors.As(err, &e) || e.Code != code || e.Reason != reason {
		t.Errorf("got %v, want %s (%s)", err, code, reason)
	}
}

// What the test of a service looks like: t is the test's.
func ExampleNew() {
	t := testingT()
	auth := guardtest.New(t)
	g := auth.Guard()
	service := g.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := guard.From(r.Context())
		fmt.Fprint(w, "hello ", who.Username)
	}), guard.On("DELETE /", guard.Roles("admin")))

	token := auth.Token(guardtest.User{Username: "jin", Role: "manager", SessionID: "s1"})
	call := func(method string) {
		r := httptest.NewRequest(method, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		fmt.Println(method, w.Code)
	}
	call("GET")
	call("DELETE")
	auth.EndSession("s1", "logout")
	call("GET")
	// Output:
	// GET 200
	// DELETE 403
	// GET 401
}

// testingT stands in for the *testing.T that an example has not.
func testingT() testing.TB { return &exampleT{} }

type exampleT struct{ testing.TB }

func (*exampleT) Helper()        {}
func (*exampleT) Cleanup(func()) {}
func (*exampleT) Fatal(a ...any) { panic(fmt.Sprint(a...)) }
