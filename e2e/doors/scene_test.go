package doors

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/password"
)

// scene is a fresh world in which one thing is asked, one way: by HTTP, or by a
// command with a token or with what a gateway says of it.
type scene struct {
	*world
	op  op
	way string
}

// ask asks as somebody.
func (s scene) ask(t testing.TB, who person, body object) said {
	t.Helper()
	return s.about(t, who, "", body)
}

// operate asks as an operator, of a tenant.
func (s scene) operate(t testing.TB, ref string, body object) said {
	t.Helper()
	return s.about(t, person{}, ref, body)
}

func (s scene) about(t testing.TB, who person, ref string, body object) said {
	t.Helper()
	if s.way == "http" {
		return s.byHTTP(t, who, ref, body)
	}
	return s.byCommand(t, who, ref, body)
}

// person is somebody who may have an account, and may be logged in; Tenant is
// what a request of theirs names.
type person struct {
	ID, Email, Username, Mobile, Password string
	AccessToken, RefreshToken, SessionID  string
	Tenant                                string
}

var people atomic.Int64

// stranger makes up a person without an account.
func stranger(tenant string) person {
	n := fmt.Sprintf("%04d", people.Add(1)%10_000)
	return person{Email: "ann" + n + "@example.com", Username: "ann" + n, Mobile: "+8210555" + n, Password: "quiet-orbit-42-lantern", Tenant: tenant}
}

// nobody asks in a tenant.
func nobody(tenant string) person { return person{Tenant: tenant} }

// at is the person, asking in a tenant.
func (p person) at(tenant string) person {
	p.Tenant = tenant
	return p
}

// public is the person, without an access token.
func (p person) public() person { return nobody(p.Tenant) }

// with is the person, with another access token.
func (p person) with(token string) person {
	p.AccessToken = token
	return p
}

func (p person) signUp() object {
	return object{"name": "Ann Lee", "email": p.Email, "username": p.Username, "mobile": p.Mobile, "password": p.Password}
}

func (p person) signIn() object {
	return object{"usernameOrEmailOrMobile": p.Email, "password": p.Password}
}

func (s scene) anyone(t testing.TB, tenant string) auth.Caller {
	t.Helper()
	by, err := s.service.Anyone(t.Context(), auth.Origin{TenantSlug: tenant, Addr: "198.51.100.1"}, "")
	must(t, err)
	return by
}

// join makes an account in a tenant, and logs it in where no code is needed.
func (s scene) join(t testing.TB, tenant string) person {
	t.Helper()
	p := stranger(tenant)
	out, err := s.service.SignUp(t.Context(), s.anyone(t, tenant), auth.SignUpInput{
		Name: "Ann Lee", Email: p.Email, Username: p.Username, Mobile: p.Mobile, Password: auth.Secret(p.Password),
	})
	must(t, err)
	p.ID = out.ID
	return p.holding(out.Tokens())
}

// admin joins and is made one.
func (s scene) admin(t testing.TB, tenant string) person {
	t.Helper()
	p := s.join(t, tenant)
	_, err := s.service.ChangeRole(t.Context(), s.operator(t, tenant), auth.ChangeRoleInput{UserID: p.ID, NewRole: auth.RoleAdmin})
	must(t, err)
	return p
}

// login logs a person in once more.
func (s scene) login(t testing.TB, p person) person {
	t.Helper()
	out, err := s.service.SignIn(t.Context(), s.anyone(t, p.Tenant), auth.SignInInput{Name: p.Email, Password: auth.Secret(p.Password)})
	must(t, err)
	return p.holding(out.Tokens())
}

// refresh trades the person's refresh token for another.
func (s scene) refresh(t testing.TB, p person) person {
	t.Helper()
	g, err := s.service.Refresh(t.Context(), s.anyone(t, p.Tenant), auth.RefreshInput{RefreshToken: auth.Secret(p.RefreshToken)})
	must(t, err)
	return p.holding(g)
}

func (p person) holding(g auth.Grant) person {
	p.AccessToken, p.RefreshToken, p.SessionID = string(g.AccessToken), string(g.RefreshToken), g.SessionID
	return p
}

// ended is a person whose session has ended.
func (s scene) ended(t testing.TB) person {
	t.Helper()
	p := s.join(t, home)
	by, err := s.service.Authorize(t.Context(), auth.Origin{}, auth.Secret(p.AccessToken))
	must(t, err)
	_, err = s.service.SignOut(t.Context(), by, struct{}{})
	must(t, err)
	return p
}

// disabled is a person whose account is.
func (s scene) disabled(t testing.TB) person {
	t.Helper()
	p := s.join(t, home)
	s.setUser(t, p, func(u *auth.User) { u.Status = auth.UserDisabled })
	return p
}

// unseated is a person who was put out of the tenant, and not out of all.
func (s scene) unseated(t testing.TB) person {
	t.Helper()
	p, q := s.join(t, home), s.join(t, other)
	a, err := s.store.Account(t.Context(), auth.DefaultDirectory, q.ID)
	must(t, err)
	_, err = s.store.ChangeAccount(t.Context(), auth.AccountChange{
		Directory: auth.DefaultDirectory, User: p.ID, Change: func(now *auth.Account) error {
			now.Seats = a.Seats
			return nil
		},
	})
	must(t, err)
	s.live.DropAccount(auth.DefaultDirectory, p.ID)
	return p
}

// setUser edits an account behind the service's back.
func (s scene) setUser(t testing.TB, p person, edit func(*auth.User)) {
	t.Helper()
	_, err := s.store.UpdateUser(t.Context(), auth.DefaultDirectory, p.ID, func(u *auth.User) error { edit(u); return nil }, auth.Note{})
	must(t, err)
	s.live.DropAccount(auth.DefaultDirectory, p.ID)
}

// challenge begins a login that needs a code, and returns its id and the code.
func (s scene) challenge(t testing.TB, p person) (id, code string) {
	t.Helper()
	out, err := s.service.SignIn(t.Context(), s.anyone(t, p.Tenant), auth.SignInInput{Name: p.Email, Password: auth.Secret(p.Password)})
	must(t, err)
	return out.LoginID, s.mail.code
}

// not is a code that is not this one.
func not(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// lockedLink locks an account by wrong passwords and returns the mailed token.
func (s scene) lockedLink(t testing.TB) string {
	t.Helper()
	s.service.Unlimited = true
	defer func() { s.service.Unlimited = false }()
	p := s.join(t, home)
	for range 7 {
		_, err := s.service.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: p.Email, Password: "not-the-password"})
		if !errors.Is(err, auth.ErrCredentials) {
			t.Fatal(err)
		}
	}
	for token := ""; ; {
		batch, err := s.store.Lease(t.Context(), s.clock.Now(), time.Minute, 100)
		must(t, err)
		if len(batch) == 0 {
			return token
		}
		for _, m := range batch {
			must(t, s.store.Sent(t.Context(), m.Directory, m.ID, s.clock.Now()))
			if m.Kind != auth.MessageLocked {
				continue
			}
			msg, err := s.service.Message(t.Context(), m)
			must(t, err)
			link, err := url.Parse(msg.Facts.Link)
			must(t, err)
			token = link.Query().Get("token")
		}
	}
}

// status sets what state a tenant is in.
func (s scene) status(t testing.TB, slug string, status auth.TenantStatus) {
	t.Helper()
	_, err := s.service.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: slug}, Status: status})
	must(t, err)
}

// id is that of a tenant.
func (s scene) id(t testing.TB, slug string) string {
	t.Helper()
	tenant, err := s.store.Tenant(t.Context(), slug)
	must(t, err)
	return tenant.ID
}

// broken is the scene with the database away, or something of ours gone wrong.
func (s scene) broken(err error) scene {
	s.live.mood.Store(&err)
	return s
}

var errBroke = errors.New("a part broke")

// until asks until the answer has that code.
func until(t testing.TB, code string, most int, ask func() said) said {
	t.Helper()
	for range most {
		if got := ask(); got.Code == code {
			return got
		}
	}
	t.Fatalf("never %s, of %d", code, most)
	return said{}
}

// overloaded keeps the hashing busy until a call that hashes is turned away.
func (s scene) overloaded(t testing.TB, ask func() said) said {
	t.Helper()
	h, err := password.New(password.Config{MemoryKiB: 8 << 10, Time: 4, Parallel: 1, Queue: 1})
	must(t, err)
	s.service.Passwords = h
	ctx, cancel := context.WithCancel(t.Context())
	var hogs sync.WaitGroup
	defer hogs.Wait()
	defer cancel()
	for range 4 {
		hogs.Go(func() {
			for ctx.Err() == nil {
				if _, err := h.Hash(ctx, "hog", "quiet-orbit-42-lantern"); err != nil {
					runtime.Gosched()
				}
			}
		})
	}
	return until(t, "OVERLOADED", 90, ask)
}

// anyID is one that nothing has.
func anyID() string { return uuid.NewString() }
