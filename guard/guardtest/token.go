package guardtest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/jwt"
)

// User is whom a token is for. What is empty is filled in: ids at random, "default" for the tenant, "user" for the
// role.
type User struct {
	ID          string
	Username    string
	TenantID    string // the tenant's slug
	SpaceID     string
	Role        string
	Permissions []string
	SessionID   string
	Life        time.Duration // [Life] when zero; of a negative one the token has expired that long ago
}

// Token makes an access token, made now.
func (s *Server) Token(u User) string {
	s.t.Helper()
	or := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	or(&u.ID, id())
	or(&u.TenantID, "default")
	or(&u.SpaceID, id())
	or(&u.Role, "user")
	or(&u.SessionID, id())
	made := time.Now()
	ends := made.Add(Life)
	if u.Life != 0 {
		ends = made.Add(u.Life)
	}
	if u.Life < 0 {
		made = ends.Add(-Life)
	}
	token, err := jwt.Sign(jwt.Claims{
		Issuer: s.URL, Audience: []string{s.URL}, Subject: u.ID, TenantID: u.TenantID, SpaceID: u.SpaceID,
		Username: u.Username, Role: u.Role, Permissions: u.Permissions, SessionID: u.SessionID, ID: id(),
		IssuedAt: made, ExpiresAt: ends,
	}, s.kid, jwt.ES256, s.signer)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// ServiceKey makes an API key (lks_…) of a service of every tenant, with these scopes.
func (s *Server) ServiceKey(scopes ...string) string { return s.TenantServiceKey("", scopes...) }

// TenantServiceKey makes an API key of a service of one tenant.
func (s *Server) TenantServiceKey(tenant string, scopes ...string) string {
	key := "lks_" + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.services[key] = guard.Identity{Kind: guard.Service, KeyID: id(), Name: "test", TenantID: tenant, Permissions: scopes}
	return key
}

// serveVerify says whose an API key is, as GET /auth/verify does.
func (s *Server) serveVerify(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	tenant := r.Header.Get("X-Tenant-Id")
	s.mu.Lock()
	who, known := s.services[key]
	revoked := s.revoked[who.KeyID]
	s.mu.Unlock()
	switch {
	case revoked:
		guard.Refuse(w, r, guard.Error{Status: 401, Code: guard.CodeTokenInvalid, Reason: "revoked", Message: "The access token is not valid."})
		return
	case !known:
		guard.Refuse(w, r, guard.Error{Status: 401, Code: guard.CodeTokenInvalid, Reason: "unknown", Message: "The access token is not valid."})
		return
	case tenant != "" && who.TenantID != "" && tenant != who.TenantID:
		guard.Refuse(w, r, guard.Error{Status: 403, Code: guard.CodeTenantMismatch, Message: "The token belongs to another tenant."})
		return
	case who.TenantID == "":
		who.TenantID = tenant
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// Who no longer listens needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"httpStatus": 200, "message": "", "data": who, "meta": map[string]string{"status": "success", "code": "IDENTITY_OK"},
		"ts": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
	})
}

// id makes one that looks like Latchkey's.
func id() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-7" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}
