package httpd_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"
)

// TestSessionsAreListed as CONTRACT.md §5 says: newest first, one of them the
// caller's own, and nothing more of each than is named there.
func TestSessionsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	want := []string{p.SessionID}
	for range 3 {
		w.clock.advance(time.Minute)
		want = slices.Insert(want, 0, w.login(t, p, "User-Agent", "curl/8.5.0").SessionID)
	}
	var got []json.RawMessage
	w.do(t, "GET /auth/sessions", nil, p.bearer()...).want(t, 200, "SESSIONS_RETRIEVED").into(t, &got)
	var ids []string
	for _, session := range got {
		if got, want := names(t, session), []string{"sessionId", "deviceName", "ip", "ua", "createdAt", "lastSeen", "expiresAt", "current"}; !slices.Equal(got, want) {
			t.Errorf("a session has %q, want %q", got, want)
		}
		var s struct {
			SessionID, DeviceName, IP, UA string
			Current                       bool
		}
		must(t, json.Unmarshal(session, &s))
		ids = append(ids, s.SessionID)
		if s.Current != (s.SessionID == p.SessionID) || s.IP != "127.0.0.1" || !s.Current && (s.DeviceName != "curl" || s.UA != "curl/8.5.0") {
			t.Errorf("session %+v", s)
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("sessions %q, want %q", ids, want)
	}
}

// TestPlaces: a session has a place where the deployment knows places, and knows
// that of its address.
func TestPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for ip, want := range map[string]string{"127.0.0.1": "Seoul, South Korea", "192.0.2.1": ""} {
		w.service.Place = func(of string) string {
			return map[bool]string{true: "Seoul, South Korea"}[of == ip]
		}
		for _, list := range []answer{
			w.do(t, "GET /auth/sessions", nil, p.bearer()...),
			w.do(t, "GET /users/"+p.ID+"/sessions", nil, w.operator()...),
		} {
			var got []struct{ Place string }
			list.want(t, 200, "SESSIONS_RETRIEVED").into(t, &got)
			if len(got) != 1 || got[0].Place != want {
				t.Errorf("places %+v, want %q", got, want)
			}
		}
	}
}

// TestWhatIsPlainInTheContract: data that is no object of fields.
func TestWhatIsPlainInTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	first, second := w.login(t, p), w.login(t, p)
	for _, tt := range []struct {
		request string
		body    any
		data    string
	}{
		{"GET /auth/verify-token", nil, `true`},
		{"POST /auth/logout/session", object{"sessionId": first.SessionID}, `{"sessionId":"` + first.SessionID + `"}`},
		{"POST /auth/logout/all", object{"keepCurrent": true}, `{"revokedCount":1}`},
		{"POST /auth/logout", nil, `true`},
	} {
		if a := w.do(t, tt.request, tt.body, p.bearer()...); a.status != 200 || string(a.Data) != tt.data {
			t.Errorf("%s: got %s, want data %s", tt.request, a.body, tt.data)
		}
	}
	for _, gone := range []person{p, first, second} {
		w.do(t, "GET /auth/me", nil, gone.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
	}
}

// TestEveryNameOfAnAccountLogsIn, however it was spelt.
func TestEveryNameOfAnAccountLogsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := stranger("")
	in := p.signUp()
	in["phone"], in["email"] = in["mobile"], "ANN."+p.Email
	delete(in, "mobile")
	w.do(t, "POST /auth/sign-up", in).want(t, 201, "USER_CREATED")
	for _, name := range []string{"ann." + p.Email, "Ann." + p.Email, p.Username, p.Mobile, p.Mobile[:4] + " " + p.Mobile[4:7] + "-" + p.Mobile[7:]} {
		w.do(t, "POST /auth/login", object{"usernameOrEmailOrMobile": name, "password": p.Password}).want(t, 200, "LOGIN_SUCCESS")
	}
	w.do(t, "POST /auth/login", object{"email": "ann." + p.Email, "password": p.Password}).want(t, 200, "LOGIN_SUCCESS")
	// Two that agree are one; two that differ are a mistake.
	both := object{"email": "ann." + p.Email, "usernameOrEmailOrMobile": "ann." + p.Email, "password": p.Password}
	w.do(t, "POST /auth/login", both).want(t, 200, "LOGIN_SUCCESS")
	both["usernameOrEmailOrMobile"] = p.Username
	w.do(t, "POST /auth/login", both).want(t, 400, "VALIDATION_FAILED").wantFields(t, "email")
}

// TestAChallengeTellsLittle: where the code went, not to whom.
func TestAChallengeTellsLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, coded)
	a := w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password}, p.headers()...).want(t, 200, "OTP_SENT")
	var got struct {
		Channel, MaskedEmail string
		ExpiresAt            time.Time
	}
	a.into(t, &got)
	if got.Channel != "email" || got.MaskedEmail != "a***@example.com" || !got.ExpiresAt.Equal(w.clock.Now().Add(5*time.Minute)) {
		t.Errorf("a challenge of %+v", got)
	}
	if len(a.cookies()) > 0 {
		t.Errorf("a challenge sets %q", a.header["Set-Cookie"])
	}
}

// TestAnUnknownNameAndAWrongPasswordAreOneAnswer, to the byte but for its id.
func TestAnUnknownNameAndAWrongPasswordAreOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known, unknown := w.join(t, ""), stranger("")
	w.do(t, "POST /auth/sign-up", unknown.signUp(), "x-tenant-id", coded).want(t, 201, "USER_CREATED") // with no seat in the default tenant
	ask := func(name, password string) answer {
		return w.do(t, "POST /auth/login", object{"usernameOrEmailOrMobile": name, "password": password})
	}
	want := ask(known.Email, known.Password+"x").want(t, 401, "INVALID_CREDENTIALS")
	for _, a := range []answer{
		ask("nobody@example.com", known.Password), ask("nobody", known.Password), ask("+8210000000", known.Password),
		ask("not a name at all!", known.Password), ask(unknown.Email, unknown.Password), ask(unknown.Email, known.Password),
	} {
		if gist(a) != gist(want) || !slices.Equal(slices.Sorted(maps.Keys(a.header)), slices.Sorted(maps.Keys(want.header))) {
			t.Errorf("got %s %v, want %s %v", a.body, a.header, want.body, want.header)
		}
	}
}
