package httpd

import "github.com/latchkey/latchkey/internal/auth"

// What the document shows of API keys. Nothing in it was ever valid.
var (
	exampleNewKey = fields{"name": "billing", "scopes": []string{"orders:read", auth.ScopeRevocations}, "expiresIn": "90d"}
	exampleKey    = auth.APIKeyView{
		ID: exampleID, Name: "billing", TenantID: "acme", Scopes: []string{"orders:read", auth.ScopeRevocations},
		CreatedAt: exampleTime, ExpiresAt: exampleTime.AddDate(0, 0, 90), UsedAt: exampleTime,
	}
	exampleMadeKey    = auth.NewAPIKey{APIKeyView: unused(exampleKey), Key: "lks_AZTDkQ…"}
	exampleRevokedKey = revoked(exampleKey)
	exampleIdentity   = auth.Identity{
		Kind: auth.IdentityUser, UserID: exampleID, Username: "ann.lee", TenantID: "acme", SpaceID: exampleID, Role: "clerk",
		Permissions: []string{"orders:read", "orders:write"}, SessionID: exampleID,
	}
)

func unused(k auth.APIKeyView) auth.APIKeyView {
	k.UsedAt = k.RevokedAt
	return k
}

func revoked(k auth.APIKeyView) auth.APIKeyView {
	k.RevokedAt = exampleTime
	return k
}
