package httpd

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// What the document shows. Nothing in it was ever valid.
const (
	exampleID    = "019a2f6b-7c1e-7d53-9b0a-5f2d8c4e6a10"
	exampleToken = "AQGaL2t8Hn1TmwpfLYxOahAAAAAAAAAAA7m0fYtP1n0kY2m8b1fX0xQ"
)

// fields is a request body.
type fields map[string]any

var (
	exampleTime   = time.Date(2026, 1, 31, 9, 26, 45, 867e6, time.UTC)
	exampleSignUp = fields{
		"name": "Ann Lee", "email": "ann@example.com", "password": "quiet-orbit-42-lantern", "username": "ann.lee", "mobile": "+82 10-1234-5678",
	}
	exampleSignedUp = auth.SignUpResult{ID: exampleID, Name: "Ann Lee", Username: "ann.lee", Email: "ann@example.com", Role: auth.RoleUser}
	exampleSignIn   = fields{"usernameOrEmailOrMobile": "ann@example.com", "password": "quiet-orbit-42-lantern", "deviceName": "Ann's laptop"}
	exampleVerify   = fields{"loginId": exampleID, "otp": "042137"}
	exampleResend   = fields{"loginId": exampleID}
	exampleRefresh  = fields{"refreshToken": exampleToken}
	exampleUser     = auth.UserView{
		ID: exampleID, Name: "Ann Lee", Username: "ann.lee", Email: "ann@example.com", Mobile: "+821012345678", Role: auth.RoleUser,
		Tenants:   []auth.SeatView{{TenantID: "default", Name: "Latchkey", SpaceID: exampleID, Role: auth.RoleUser, Main: true}},
		CreatedAt: exampleTime, LastLoginAt: exampleTime,
	}
	exampleGrant = auth.Grant{
		AccessToken: "eyJhbGciOiJFUzI1NiIsImtpZCI6IkVYQU1QTEUiLCJ0eXAiOiJhdCtqd3QifQ.e30.example", RefreshToken: exampleToken,
		DeviceToken: "AZovbuR8Hn1TmwpfLYxOahC5tH2LT9Z9JGNpvG9X19MU", AccessTokenExpiresAt: exampleTime.Add(15 * time.Minute),
		RefreshTokenExpiresAt: exampleTime.Add(7 * 24 * time.Hour), SessionID: exampleID, MainTenantID: "default", User: exampleUser,
	}
	exampleChallenge = auth.Challenge{LoginID: exampleID, Channel: "email", MaskedEmail: "a***@example.com", ExpiresAt: exampleTime.Add(5 * time.Minute)}
	exampleMe        = auth.CurrentUser{UserView: exampleUser, SessionID: exampleID}
	exampleSession   = auth.SessionView{
		SessionID: exampleID, DeviceName: "Firefox on Android", IP: "203.0.113.7", Place: "Seoul, South Korea", Agent: "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
		CreatedAt: exampleTime, LastSeen: exampleTime, ExpiresAt: exampleTime.Add(7 * 24 * time.Hour), Current: true,
	}
	exampleFront     = auth.Front{TenantID: "default", Name: "Latchkey", Color: "#0b5fff", SignUp: auth.SignUpOpen}
	exampleEmail     = fields{"email": "ann@example.com"}
	exampleLinkToken = "AQEBmi9rfB59U5sKXy2MTmoQAZovbuR8Hn1TmwpfLYxOahC5tH2LT9Z9JGNpvG9X19MUuTHmJVQqXn0Yk2m8b1fX0xQ"
	exampleLinkInput = fields{"token": exampleLinkToken}
	exampleReset     = fields{"token": exampleLinkToken, "password": "loud-comet-17-harbour"}
	exampleChange    = fields{"currentPassword": "quiet-orbit-42-lantern", "newPassword": "loud-comet-17-harbour"}
	exampleLink      = auth.LinkReady{TenantID: "default", TenantName: "Latchkey", ExpiresAt: exampleTime.Add(24 * time.Hour)}
	exampleUnlocked  = auth.UnlockResult{UserID: exampleID, TenantID: "default"}
	exampleHealth    = fields{"ok": true, "service": "auth-service", "mode": "HTTP"}
	exampleJWKS      = fields{"keys": []fields{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "XSN7JL2YSKCVR62A2YXZBCOJ2Q",
		"x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
	}}}
)
