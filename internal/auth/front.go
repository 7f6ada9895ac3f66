package auth

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// FrontInput asks what a tenant's log-in page is to show.
type FrontInput struct {
	ReturnTo string `query:"returnTo" json:"-" maxLength:"2048" doc:"Where a page of yours wants people back after the login"`
}

// Front is what a tenant shows to who is not logged in: how its pages look and
// what they are to offer.
type Front struct {
	TenantID string       `json:"tenantId" doc:"The tenant's slug, as in x-tenant-id"`
	Name     string       `json:"name" doc:"The tenant's display name"`
	Color    string       `json:"color,omitempty" doc:"Of buttons and lines" example:"#0b5fff"`
	Logo     string       `json:"logo,omitempty" doc:"Its picture as a data: URL of a PNG, JPEG or WebP"`
	SignUp   SignUpPolicy `json:"signUp" enum:"open,invite,closed" doc:"Whether anybody may make an account"`
	Language string       `json:"language,omitempty" enum:"en,ko" doc:"Of its mails"`
	ReturnTo string       `json:"returnTo,omitempty" doc:"The address that was asked for, where its origin is one of the tenant's allowed origins; else nothing"`
}

// Front tells what the log-in page of the caller's tenant is to show. All of it
// stands on that page.
func (s *Service) Front(ctx context.Context, by Caller, in FrontInput) (Front, error) {
	t := by.Tenant
	return Front{
		TenantID: t.Slug, Name: t.Name, Color: t.Brand.Color, Logo: s.logoURL(ctx, t),
		SignUp: t.Policy.SignUp, Language: t.Policy.Language,
		ReturnTo: returnTo(in.ReturnTo, t.Policy.AllowedOrigins),
	}, nil
}

// returnTo is the address where its origin is in the list, compared whole; what
// parsers read differently is no address (RFC 9700 §4.11).
func returnTo(address string, origins []string) string {
	odd := func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }
	u, err := url.Parse(address)
	if err != nil || strings.ContainsFunc(address, odd) || u.User != nil || u.Opaque != "" || !slices.Contains(origins, u.Scheme+"://"+u.Host) {
		return ""
	}
	return u.String()
}
