package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

type tenantSetCmd struct {
	settingFlags `quiet:"" leave:"SIGN_UP"`
	Name         string `arg:"" help:"Name or id of the tenant."`
	tenantFlags
	Reset []string `placeholder:"FIELD" help:"A field that is to be as the deployment says again, or empty, by its name in JSON: otp, signUp, taken, allowedOrigins, browserTokens, language, lockAttempts, lockMinutes, maxSessions, atLimit, accessLife, refreshLife, sessionLife, passwordLength, mailFrom, contactEmail, color, logo; may be given more than once."`
	JSON  bool     `name:"json" help:"Print a JSON object."`
}

// Run changes a tenant and prints it.
func (c *tenantSetCmd) Run(ctx context.Context, w *console) error {
	brand, err := c.brand(w.Dir)
	if err != nil {
		return err
	}
	in := auth.TenantChange{
		TenantRef: auth.TenantRef{ID: c.Name}, DisplayName: c.DisplayName, ContactEmail: c.ContactEmail,
		Policy: c.policy(), Brand: brand, Reset: c.Reset,
	}
	return asOperator(ctx, w, c.given(), func(a *app, by auth.Caller) error {
		t, err := a.service.UpdateTenant(ctx, by, in)
		if err != nil {
			return err
		}
		return printTenant(w, c.JSON, t)
	})
}

// Validate refuses a command that asks for nothing.
func (c *tenantSetCmd) Validate() error {
	f := c.tenantFlags
	said := f.DisplayName + f.ContactEmail + f.Color + f.Logo
	p := f.policyFlags
	for _, given := range []bool{
		said != "", len(c.Reset) > 0, len(p.AllowedOrigin) > 0, p.OTP != nil, p.SignUp != nil, p.Taken != nil, p.BrowserTokens != nil,
		p.Language != nil, p.LockAttempts != nil, p.LockMinutes != nil, p.MaxSessions != nil, p.AtLimit != nil,
		p.AccessLife != nil, p.RefreshLife != nil, p.SessionLife != nil, p.PasswordLength != nil, p.MailFrom != nil,
	} {
		if given {
			return p.Validate()
		}
	}
	return misuse("nothing to change; name what is to be set, or reset")
}

// brand reads how the tenant is to look.
func (f tenantFlags) brand(dir string) (auth.BrandInput, error) {
	in := auth.BrandInput{Color: f.Color}
	if f.Logo == "" {
		return in, nil
	}
	path := f.Logo
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	file, err := os.Open(path) // #nosec G304 -- the operator names it
	if err != nil {
		return in, fmt.Errorf("--logo: %w", err)
	}
	defer file.Close()
	const most = 32 << 10
	picture, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return in, fmt.Errorf("--logo: %w", err)
	}
	if len(picture) > most {
		return in, fmt.Errorf("--logo: %s has more than 32 KiB; make it smaller", f.Logo)
	}
	in.Logo = "data:" + http.DetectContentType(picture) + ";base64," + base64.StdEncoding.EncodeToString(picture)
	return in, nil
}

// spanText writes a duration as people do.
func spanText(s auth.Span) string { return auth.FormatDuration(time.Duration(s)) }
