package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// canaries are the secrets of a world's flows, by what they are.
type canaries map[string]string

func (c canaries) grant(what string, g auth.Grant) {
	for kind, token := range map[string]auth.Token{"access": g.AccessToken, "refresh": g.RefreshToken, "device": g.DeviceToken} {
		if token != "" {
			c[what+" "+kind] = string(token)
			c[what+" "+kind+" end"] = string(token[len(token)-20:])
		}
	}
}

// in reports the secrets that a text has, as they are or encoded.
func (c canaries) in(text string) (found []string) {
	for what, s := range c {
		for _, form := range []string{s, hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))} {
			if strings.Contains(text, form) {
				found = append(found, what)
			}
		}
	}
	return found
}

// TestNoSecretIsLoggedOrRecorded: every flow runs, well and badly, with a
// database and a mail server that come and go; then what was logged, what was
// written into the record, and every error's text are searched for every
// password, code, token and hash that occurred.
func TestNoSecretIsLoggedOrRecorded(t *testing.T) {
	w, id := joined(t, func(s *auth.Service) { s.Unlimited = true })
	found := canaries{"password": secret, "wrong password": wrong, "master key": "a master key of thirty-two bytes"}
	var said strings.Builder
	fails := func(err error) {
		if err == nil {
			t.Error("got no error where one was wanted")
			return
		}
		said.WriteString(err.Error() + "\n")
		text, jsonErr := json.Marshal(err)
		must(t, jsonErr)
		said.Write(text)
	}
	try := func(in auth.SignInInput) {
		for _, slug := range []string{home, coded} {
			out, err := w.SignIn(t.Context(), w.anyone(t, slug), in)
			fails(err)
			found.grant("failed login", out.Tokens())
		}
	}

	g := w.login(t, "ann.lee")
	found.grant("login", g)
	try(auth.SignInInput{Name: "ann.lee", Password: wrong})
	try(auth.SignInInput{Name: secret, Password: "x"}) // typed into the wrong field
	try(auth.SignInInput{Name: "ann.lee", Password: secret, Email: wrong})
	_, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: "Bob", Email: secret, Password: "quiet"})
	fails(err)
	_, err = w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: "Bob", Email: "ann@bücher.example", Password: secret})
	fails(err)

	c := w.challenge(t)
	_, err = w.show(t, c, other(w.mail.code(t)))
	fails(err)
	found["wrong code"] = other(w.mail.code(t))
	verified, err := w.show(t, c, w.mail.code(t))
	must(t, err)
	found.grant("code", verified)
	_, err = w.show(t, c, w.mail.code(t))
	fails(err)

	next, err := w.refresh(t, g.RefreshToken)
	must(t, err)
	found.grant("refresh", next)
	_, err = w.refresh(t, "garbage-"+g.RefreshToken)
	fails(err)
	w.clock.advance(time.Minute)
	_, err = w.refresh(t, g.RefreshToken)
	fails(err)
	_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	fails(err)
	_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken+"x"))
	fails(err)

	// With everything broken.
	hash := w.user(t, id).PasswordHash
	found["hash"] = hash.Reveal()
	for _, fault := range []error{auth.ErrUnavailable, errors.New("a fault of the driver")} {
		for _, method := range []string{"UserByName", "Account", "CreateSession", "Write", "Issue", "Ticket", "Count", "Attempt", "UpdateUser", "CreateUser", "Space"} {
			by, open := w.anyone(t, coded), w.anyone(t, home)
			mend := w.store.breaks(func(called string) error {
				if called == method {
					return fault
				}
				return nil
			}, nil)
			for _, caller := range []auth.Caller{by, open} {
				if out, err := w.SignIn(t.Context(), caller, auth.SignInInput{Name: "ann.lee", Password: secret}); err != nil {
					fails(err)
				} else if out.Challenge != nil {
					if _, err := w.Verify(t.Context(), caller, auth.VerifyInput{LoginID: out.LoginID, OTP: w.mail.code(t)}); err != nil {
						fails(err)
					}
				}
			}
			if _, err := w.SignUp(t.Context(), open, auth.SignUpInput{Name: "Eve", Email: "eve@example.com", Password: secret}); err != nil {
				fails(err)
			}
			mend()
		}
	}
	w.mail.breaks(errors.New("the mail server is away"))
	_, err = w.ask(t)
	fails(err)
	w.change(t, id, func(u *auth.User) { u.PasswordHash = "broken-" + hash })
	try(auth.SignInInput{Name: "ann.lee", Password: secret})
	w.change(t, id, func(u *auth.User) { u.PasswordHash = hash })

	w.getBack(t, id, found, fails)

	for i, code := range w.mail.drawn {
		found["code "+string(rune('a'+i%26))+code] = code
	}
	log := w.log.String()
	for _, want := range []string{"database unavailable", "internal fault", "login code not sent", "no known form", "old refresh token"} {
		if !strings.Contains(log, want) {
			t.Errorf("nothing was logged of %q: the flows did not run", want)
		}
	}
	events, err := json.Marshal(append(w.events(t, home), w.events(t, coded)...))
	must(t, err)
	mails, err := w.store.Lease(t.Context(), w.clock.Now(), time.Minute, 100)
	must(t, err)
	outbox, err := json.Marshal(mails)
	must(t, err)
	for place, text := range map[string]string{"log": log, "record": string(events), "errors": said.String(), "outbox": string(outbox)} {
		if text == "" {
			t.Errorf("the %s is empty", place)
		}
		for _, what := range found.in(withoutNumbers(text)) {
			t.Errorf("the %s has the %s", place, what)
		}
	}
}

// withoutNumbers takes the ids and times out of a JSON text: six of their digits
// may happen to be a code.
func withoutNumbers(text string) string { return numbers.ReplaceAllString(text, "…") }

var numbers = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)|"Sealed":"[^"]*"`)

// TestACallerWhoWentAwayIsNoOutage: its context's end is not logged as a fault
// of the database, and nothing succeeds.
func TestACallerWhoWentAwayIsNoOutage(t *testing.T) {
	w, _, g := loggedIn(t)
	by := w.anyone(t, home)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.SignIn(gone, by, auth.SignInInput{Name: "ann.lee", Password: secret})
	refused(t, "log in", err, auth.ErrInternal)
	w.cache.DropAll()
	_, err = w.Refresh(gone, by, auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
	refused(t, "refresh", err, auth.ErrInternal)
	if log := w.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("logged: %s", log)
	}
}
