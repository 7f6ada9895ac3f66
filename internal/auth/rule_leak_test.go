package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestTheRulesTellNoSecret: every rule of tenants and those who run them, well
// and badly, with the database there and gone; then the log, the record, the
// errors and what is listed are searched for every password, token, key and hash.
func TestTheRulesTellNoSecret(t *testing.T) {
	const url = "sqlite:hunter2-outside.db"
	s := ruled(t)
	s.Unlimited, s.Directories = true, new(places)
	found := canaries{"password": secret, "new password": renewed, "a database's place": "hunter2"}
	for name, g := range s.in {
		found.grant(name, g)
	}
	var said strings.Builder
	note := func(v any, err error) {
		for _, v := range []any{v, err} {
			text, jsonErr := json.Marshal(v)
			must(t, jsonErr)
			said.Write(text)
		}
		if err != nil {
			said.WriteString(err.Error())
		}
	}
	op := s.operator(t, home)
	k := s.operatorKey(t, "ci", 0)
	found["operator key"], found["end of the key"] = string(k.Key), string(k.Key[len(k.Key)-20:])
	kept, err := s.store.APIKey(t.Context(), k.ID)
	must(t, err)
	found["proof of the key"] = string(kept.Proof)
	in := imported(t, s.world, nil)
	found["an imported hash"] = in.PasswordHash.Reveal()

	walk := func() {
		for _, by := range []auth.Caller{op, s.by(t, "root"), s.by(t, "ben")} {
			for _, r := range rules {
				if fault := r.do(t.Context(), s, by); fault != nil {
					note(nil, fault)
				}
			}
		}
	}
	v, err := s.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: "apart", DatabaseURL: url})
	note(v, err)
	_, err = s.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: "bad", DatabaseURL: "postgres://u:hunter2@db/x"})
	note(nil, err)
	_, err = s.ImportUser(t.Context(), op, in)
	note(nil, err)
	in.PasswordHash += "x"
	_, err = s.ImportUser(t.Context(), op, in)
	note(nil, err)
	_, err = s.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key+"x"))
	note(nil, err)
	for _, email := range []string{"dan@example.com", "eve@example.com", "gus@example.com"} {
		invited, err := s.Invite(t.Context(), op, auth.InviteInput{Email: email})
		note(invited, err)
		if errors.Is(err, auth.ErrMember) {
			continue
		}
		l := s.mailed(t, auth.MessageInvitation)
		found["invitation of "+email], found["end of that of "+email] = l.Token.Reveal(), l.Token.Reveal()[60:]
		_, err = s.accept(t, l, "X", "short")
		note(nil, err)
		mend := s.store.breaks(func(method string) error {
			if method == "CreateUser" || method == "Secure" || method == "ChangeAccount" {
				return errors.New("a fault of the driver")
			}
			return nil
		}, nil)
		_, err = s.accept(t, l, "X", renewed)
		note(nil, err)
		mend()
		ready, err := s.InvitationReady(t.Context(), s.follow(t), l)
		note(ready, err)
		joined, err := s.accept(t, l, "X", renewed)
		note(joined, err)
	}
	for _, email := range []string{"hal@example.com", "ida@example.com"} {
		_, err := s.Invite(t.Context(), op, auth.InviteInput{Email: email})
		must(t, err)
		found["open invitation of "+email] = s.mailed(t, auth.MessageInvitation).Token.Reveal()
	}
	open, err := s.ListInvitations(t.Context(), op, auth.PageInput{})
	if len(open.Items) < 2 {
		t.Errorf("got %d open invitations, want two", len(open.Items))
	}
	note(open, err)
	g, err := s.switchTo(t, "carl", annex)
	must(t, err)
	found.grant("switched", g)
	for _, fault := range []error{auth.ErrUnavailable, errors.New("a fault of the driver")} {
		mend := s.store.breaks(func(method string) error {
			if method != "Session" && method != "Tenant" && method != "Account" {
				return fault
			}
			return nil
		}, nil)
		walk()
		_, err := s.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key))
		note(nil, err)
		mend()
	}
	for _, list := range []func() (any, error){
		func() (any, error) { return s.ListOperatorKeys(t.Context(), op) },
		func() (any, error) { return s.ListMembers(t.Context(), op, auth.MembersInput{}) },
		func() (any, error) { return s.ListTenants(t.Context(), op, auth.TenantsInput{}) },
		func() (any, error) { return s.MemberSessions(t.Context(), op, s.ben()) },
		func() (any, error) {
			return s.ListEvents(t.Context(), op, auth.EventsInput{PageInput: auth.PageInput{Limit: "100"}})
		},
	} {
		v, err := list()
		must(t, err)
		note(v, err)
	}
	walk()
	for _, name := range []string{"dan@example.com", "eve@example.com"} {
		if u, err := s.store.UserByName(t.Context(), auth.DefaultDirectory, auth.Name{Kind: auth.NameEmail, Value: name}); err == nil && u.PasswordHash != "" {
			found["hash of "+name] = u.PasswordHash.Reveal()
		}
	}
	var record []auth.Link
	for _, directory := range []string{auth.DefaultDirectory, v.Directory} {
		links, err := s.store.Trail(t.Context(), directory, 0, 10_000)
		must(t, err)
		record = append(record, links...)
	}
	for i := range record {
		record[i].Hash = nil
	}
	events, err := json.Marshal(record)
	must(t, err)
	if !strings.Contains(s.log.String(), "internal fault") || !strings.Contains(s.log.String(), "database unavailable") {
		t.Error("nothing was logged of the faults: the rules did not run")
	}
	for place, text := range map[string]string{"log": s.log.String(), "record": string(events), "answers": said.String()} {
		for _, what := range found.in(withoutNumbers(text)) {
			t.Errorf("the %s has the %s", place, what)
		}
	}
}
