package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestA27NestInjection: in every text that a command has, what means something
// to a database, a template or a mail server is answered as random text is; where
// an object stands in its place, it is refused or, where nothing is read, passed
// over. Neither changes anything but what any text would.
func TestA27NestInjection(t *testing.T) {
	t.Parallel()
	n := startNest(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, p, c := judge(t), n.peer(t), n.client()
	victim, g := c.join(t)
	p.want("TENANT_CREATED", "tenant.create", fields{"name": "house", "displayName": "House"})
	account := func() string {
		return strings.Join(append(n.rows("SELECT id, email, password_hash FROM users WHERE email = '"+victim.Email+"'"),
			n.rows("SELECT slug, status, deleted_at FROM tenants WHERE slug IN ('house', 'default')")...), "\n")
	}
	before := account()
	places := textPlaces(t, victim, g)
	if len(places) < 40 {
		t.Fatalf("%d places for text, want those of every command", len(places))
	}
	var all []func()
	for i := range places {
		all = append(all, func() { places[i].learn(v, p) })
	}
	eachOf(min(atOnce(), 24), all, func(try func()) { try() })
	all = all[:0]
	for _, at := range places {
		for _, payload := range injections {
			all = append(all, func() { at.text(v, p, payload) })
		}
		for _, object := range objects {
			all = append(all, func() { at.object(v, p, object) })
		}
	}
	eachOf(min(atOnce(), 24), some(all), func(try func()) { try() })
	p.loginsAs(v, victim)
	patterns(v, n)
	if now := account(); now != before {
		v.breach("the accounts", "are\n%s\nwere\n%s", now, before)
	}
	if roles := n.rows("SELECT DISTINCT role FROM memberships"); strings.Join(roles, " ") != "user" {
		v.breach("the memberships", "there are the roles %q", roles)
	}
	inLetters(t, v, n)
	c.want(t, "CURRENT_USER_OK", g.me())
	p.want("CURRENT_USER_OK", "auth.get-current-user", spread(fields{"token": g.AccessToken}, "default", nil))
	n.sane(v)
}

// A textPlace is a text in the payload of a command; an empty path is the whole
// payload.
type textPlace struct {
	command, path string
	data          any
	shown         bool     // who succeeds is shown the text
	free          bool     // nobody reads it: an object may stand there
	odd           bool     // numbers may stand there
	usual         []string // answers to random text
	missing       []string // answers to no text, and to nothing at all
}

func (p textPlace) String() string { return p.command + " " + p.path }

// nothing is not in the payload at all.
type nothing struct{}

// with is the payload with a text in the place.
func (p textPlace) with(text any) any {
	if p.path == "" {
		return text
	}
	all := copied(p.data.(fields))
	if at, there := all["email"]; there && p.path != "email" && p.command == "auth.signup" {
		all["email"] = strings.Replace(at.(string), "@", fmt.Sprintf("+%x@", rand.Uint64()), 1) // each its own
	}
	if p.command == "tenant.create" {
		all["name"] = fmt.Sprintf("t%x", rand.Uint32())
	}
	at := all
	path := strings.Split(p.path, ".")
	for _, part := range path[:len(path)-1] {
		at = at[part].(fields)
	}
	last := path[len(path)-1]
	if at[last] = text; text == (nothing{}) {
		delete(at, last)
	}
	return all
}

// learn asks what random text of several kinds gets, and what no text gets.
func (p *textPlace) learn(v *verdict, by *peer) {
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = 'a' + byte(rand.IntN(26))
		}
		return string(b)
	}
	for _, text := range []string{
		word(12), word(1), word(300), word(8) + "@example.com", word(5) + " " + word(9), word(4) + "-" + word(4), word(3) + "\u00e9" + word(3), word(6) + "\n" + word(6), "." + word(6) + "(!",
	} {
		a := by.must(p.command, p.with(text))
		if a.Meta.Code == "INTERNAL_ERROR" || a.Meta.Code == "" {
			v.breach(p.String(), "%q gets %v", text, a)
		}
		p.usual = append(p.usual, a.Meta.Code)
	}
	slices.Sort(p.usual)
	p.usual = slices.Compact(p.usual)
	p.missing = []string{by.must(p.command, p.with("")).Meta.Code, by.must(p.command, p.with(nothing{})).Meta.Code}
}

// text puts a payload into the place: it is text as any other.
func (p textPlace) text(v *verdict, by *peer, payload string) {
	a := by.must(p.command, p.with(payload))
	if !slices.Contains(p.usual, a.Meta.Code) {
		v.breach(payload, "%v: %v, random text gets %v", p, a, p.usual)
	}
	if !a.good || !p.shown {
		return
	}
	var told struct{ Name, DisplayName string }
	if err := json.Unmarshal(a.Data, &told); err != nil || told.Name != payload && told.DisplayName != payload {
		v.breach(payload, "%v is answered as %.400s", p, a.body)
	}
}

// object puts what is no text into the place.
func (p textPlace) object(v *verdict, by *peer, object string) {
	a := by.must(p.command, p.with(json.RawMessage(object)))
	allowed := []string{"VALIDATION_FAILED"}
	if object == "null" && p.path != "" || p.free || p.odd && strings.ContainsAny(object[:1], "0123456789") {
		allowed = append(allowed, p.missing...)
	}
	if !slices.Contains(allowed, a.Meta.Code) {
		v.breach(object, "%v: %v, want %v", p, a, allowed)
	}
}

// textPlaces are all texts of all commands.
func textPlaces(t *testing.T, victim person, g grant) (all []textPlace) {
	t.Helper()
	user := g.user(g.User.ID, "default")
	for command, body := range map[string]fields{
		"auth.signup":           {"name": "Ann Lee", "email": "ann@example.com", "password": "tall-lantern-77-x", "username": "", "nickname": "", "mobile": "", "spaceId": ""},
		"auth.login":            {"usernameOrEmailOrMobile": "", "password": "not-the-password-1", "deviceName": "", "deviceToken": "", "email": ""},
		"auth.verifyOtp":        {"loginId": "01890000-0000-7000-8000-000000000001", "otp": "123456", "deviceName": "", "deviceToken": ""},
		"auth.unlock":           {"token": ""},
		"auth.refresh":          {"refreshToken": ""},
		"auth.sessions":         {},
		"auth.logoutSession":    {"sessionId": ""},
		"auth.changeUserRole":   {"userId": g.User.ID, "newRole": "user"},
		"auth.get-current-user": {"token": g.AccessToken}, "auth.session.validate": {"token": g.AccessToken},
	} {
		guarded := slices.Contains([]string{"auth.sessions", "auth.logoutSession", "auth.changeUserRole", "auth.refresh"}, command)
		data := spread(body, "default", nil)
		if guarded {
			data = spread(body, "default", user)
			for _, name := range []string{"sub", "sid", "tenantId"} {
				all = append(all, textPlace{command: command, path: "req.user." + name, data: data})
			}
			all = append(all, textPlace{command: command, path: "req.user.role", data: data, free: true}, textPlace{command: command, path: "token", data: data})
		}
		for _, name := range slices.Sorted(maps.Keys(body)) {
			given := copied(data)
			if command == "auth.login" && name == "email" {
				delete(given, "usernameOrEmailOrMobile")
			} else if command == "auth.login" {
				delete(given, "email")
			}
			for member, value := range given { // what is not asked for now is left out
				if value == "" && member != name {
					delete(given, member)
				}
			}
			if command == "auth.login" && given["email"] == nil && given["usernameOrEmailOrMobile"] == nil {
				given["email"] = victim.Email
			}
			all = append(all, textPlace{command: command, path: name, data: given, shown: name == "name"})
		}
		all = append(all, textPlace{command: command, path: "tenantId", data: data}, textPlace{command: command, path: "req.headers.user-agent", data: data},
			textPlace{command: command, path: "req.headers.host", data: data, free: true}, textPlace{command: command, path: "unknown", data: data, free: true})
	}
	for _, command := range []string{"tenant.findById", "tenant.findByName", "tenant.getStatusByName", "tenant.softDelete", "tenant.validate"} {
		all = append(all, textPlace{command: command})
	}
	for command, data := range map[string]fields{
		"tenant.create":       {"name": "x", "displayName": "House", "contactEmail": "head@example.com", "status": "ACTIVE"},
		"tenant.changeStatus": {"id": "nowhere", "status": "ACTIVE"}, "tenant.changeStatusByName": {"name": "nowhere", "status": "ACTIVE"},
		"tenant.findAll": {"status": "ACTIVE", "page": "1", "pageSize": "10"}, "tenant.update": {"id": "house", "dto": fields{"displayName": "House", "contactEmail": "head@example.com", "name": "house", "status": "ACTIVE"}},
	} {
		for _, name := range slices.Sorted(maps.Keys(data)) {
			if name == "dto" {
				for inner := range data["dto"].(fields) {
					all = append(all, textPlace{command: command, path: "dto." + inner, data: data}) // many change it at a time
				}
				continue
			}
			all = append(all, textPlace{command: command, path: name, data: data, shown: name == "displayName", odd: strings.HasPrefix(name, "page")})
		}
	}
	return all
}

// loginsAs: a payload or an operator beside or instead of the victim's name or
// password gets nobody in.
func (p *peer) loginsAs(v *verdict, victim person) {
	v.t.Helper()
	eachOf(min(atOnce(), 24), some(injections), func(payload string) {
		for _, body := range []fields{
			{"email": payload, "password": victim.Password}, {"usernameOrEmailOrMobile": payload, "password": victim.Password}, {"email": victim.Email + payload, "password": victim.Password},
			{"usernameOrEmailOrMobile": payload + victim.Email, "password": victim.Password}, {"email": victim.Email, "password": payload}, {"email": victim.Email, "password": victim.Password + payload},
		} {
			if a := p.must("auth.login", spread(body, "default", nil)); a.Meta.Code != "INVALID_CREDENTIALS" && a.Meta.Code != "VALIDATION_FAILED" {
				v.breach(payload, "login with %v: %v", body, a)
			}
		}
	})
	for _, object := range objects {
		for _, body := range []fields{
			{"email": victim.Email, "password": json.RawMessage(object)}, {"email": json.RawMessage(object), "password": victim.Password}, {"usernameOrEmailOrMobile": json.RawMessage(object), "password": victim.Password},
		} {
			if a := p.must("auth.login", spread(body, "default", nil)); a.good {
				v.breach(object, "login with %v: %v", body, a)
			}
		}
	}
}

// patterns: what stands in a command's name is nobody's command.
func patterns(v *verdict, n *nest) {
	v.t.Helper()
	p := n.peer(v.t)
	const unknown = "There is no matching message handler defined in the remote service."
	for _, payload := range append(slices.Clone(injections), "", "auth", "auth.", "auth.login ", " auth.login", "AUTH.LOGIN", "Auth.Login", "auth.login\x00", "auth.login.x", "auth..login", "auth/login", "auth.\u017fignup", "__proto__", "constructor", "toString", "tenant.*", "auth.>", "*") {
		if a := p.must(payload, fields{}); a.Meta.Code != unknown {
			v.breach(payload, "as a command: %v", a)
		}
	}
}

// inLetters: a name adds no recipient, no header and no tag to a mail.
func inLetters(t *testing.T, v *verdict, n *nest) {
	t.Helper()
	eventually(t, "every mail has been sent", func() bool { return n.one(t, "SELECT count(*) FROM outbox WHERE state = 'waiting'") == "0" })
	known, all := n.rows("SELECT email FROM users"), n.letters(t, "")
	if len(all) == 0 {
		t.Fatal("no mail was sent")
	}
	for _, l := range all {
		if !slices.Contains(known, l.To) {
			v.breach("a recipient", "%q is nobody's address", l.To)
		}
		if strings.Contains(l.HTML, "<script") || strings.Contains(l.HTML, "<img src=x") || strings.ContainsAny(l.Subject, "\r\n") {
			v.breach("a letter", "it holds a name as more than text:\n%s\n%s", l.Subject, l.HTML)
		}
	}
}
