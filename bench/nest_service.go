package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// nestFiles are the NestJS service and the exact packages that it needs.
//
//go:embed nest/package.json nest/package-lock.json nest/service.mjs
var nestFiles embed.FS

// nestUser is what the NestJS service holds of a person and the one session.
type nestUser struct {
	ID        string    `json:"id"`
	Username  string    `json:"username"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Mobile    string    `json:"mobile"`
	Role      string    `json:"role"`
	SessionID string    `json:"sessionId"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// nestClaims are those of a token that the service and its gateway read.
type nestClaims struct {
	Subject  string `json:"sub"`
	Session  string `json:"sid"`
	TenantID string `json:"tenantId"`
	Username string `json:"username"`
	Role     string `json:"role"`
}

// claimsOf reads a token that Latchkey has just given us.
func claimsOf(token string) (c nestClaims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("the access token is no JWT")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, fmt.Errorf("the claims of the access token: %w", err)
	}
	return c, json.Unmarshal(text, &c)
}

// nestUsers are the bench's people as the service holds them.
func (b *bench) nestUsers() ([]nestUser, error) {
	var users []nestUser
	now := time.Now().UTC().Truncate(time.Millisecond)
	for _, p := range b.people {
		c, err := claimsOf(p.access)
		if err != nil {
			return nil, err
		}
		users = append(users, nestUser{
			ID: c.Subject, Username: c.Username, Name: "Person", Email: p.email, Role: c.Role, SessionID: c.Session, CreatedAt: now, UpdatedAt: now,
		})
	}
	return users, nil
}

// startNestService starts a NestJS microservice that knows the bench's people
// and their sessions.
func (b *bench) startNestService(ctx context.Context) (*bareServer, error) {
	folder, err := b.installNest(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	users, err := b.nestUsers()
	if err != nil {
		return nil, err
	}
	about, err := json.Marshal(map[string]any{"port": port, "secret": nestSecret, "users": users})
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p, err := start(ctx, func(c *exec.Cmd) {
		c.Dir, c.Stdout, c.Stderr = folder, w, os.Stderr
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "NODE_ENV=production"}
	}, "node", "service.mjs", string(about))
	w.Close() // the child has its own
	if err != nil {
		return nil, err
	}
	return listening(p, out)
}

// installNest puts the service and what it needs into a folder of the user's
// cache, once for all runs of the same service.
func (b *bench) installNest(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum, texts := sha256.New(), map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json", "service.mjs"} {
		if texts[name], err = nestFiles.ReadFile("nest/" + name); err != nil {
			return "", err
		}
		sum.Write(texts[name])
	}
	folder := filepath.Join(cache, "latchkey-test", fmt.Sprintf("nest-bench-%x", sum.Sum(nil)[:8]))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	b.say("nest: installing the NestJS service")
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return "", err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "nest-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh) // when it was not moved
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o644); err != nil { //nolint:gosec // nor in these
			return "", err
		}
	}
	c := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	c.Dir = fresh
	if said, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, said)
	}
	if err := os.Rename(fresh, folder); err != nil {
		if _, gone := os.Stat(folder); gone != nil { // else another run was first
			return "", err
		}
	}
	return folder, nil
}
