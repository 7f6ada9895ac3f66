package httpd

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// What the document shows of running a tenant. Nothing in it was ever valid.
var (
	exampleNewTenant = fields{
		"name": "acme", "displayName": "Acme Ltd", "contactEmail": "it@acme.example", "policy": fields{"otp": "new-device", "accessLife": "15m"},
	}
	exampleTenant = auth.TenantView{
		ID: exampleID, Name: "acme", DisplayName: "Acme Ltd", ContactEmail: "it@acme.example", Status: auth.TenantActive,
		Policy: auth.Policy{OTP: auth.OTPDevice, AccessLife: auth.Span(15 * time.Minute)},
		InForce: auth.Policy{
			OTP: auth.OTPDevice, SignUp: auth.SignUpOpen, Taken: auth.TakenTell, LockAttempts: 7, LockMinutes: 60, MaxSessions: 20,
			AtLimit: auth.LimitOldest, AccessLife: auth.Span(15 * time.Minute), RefreshLife: auth.Span(7 * 24 * time.Hour),
			SessionLife: auth.Span(90 * 24 * time.Hour), PasswordLength: 8, Language: "en",
		},
		Brand: auth.Brand{Color: "#0b5fff", Logo: "image/png"}, Directory: auth.DefaultDirectory, CreatedAt: exampleTime, UpdatedAt: exampleTime,
	}
	exampleTenantChange = fields{"displayName": "Acme", "policy": fields{"signUp": "invite", "passwordLength": 12}, "reset": []string{"otp"}}
	exampleStatus       = fields{"status": "SUSPENDED"}
	exampleStatusView   = auth.TenantStatusView{Name: "acme", Status: auth.TenantSuspended}

	exampleNewMember = fields{"name": "Ann Lee", "email": "ann@example.com", "password": "quiet-orbit-42-lantern", "role": "manager"}
	exampleMember    = auth.MemberView{
		ID: exampleID, Name: "Ann Lee", Username: "ann.lee", Email: "ann@example.com", Mobile: "+821012345678", Role: auth.RoleManager,
		Seats: []auth.MemberSeat{{SpaceID: exampleID, Role: auth.RoleManager}}, Status: auth.UserActive, EmailVerified: true,
		CreatedAt: exampleTime, LastLoginAt: exampleTime,
	}
	exampleLockedMember     = locked(exampleMember)
	exampleMemberChange     = fields{"name": "Ann B. Lee", "reset": []string{"mobile"}}
	exampleRoleChange       = fields{"userId": exampleID, "newRole": "admin"}
	exampleChangedRole      = auth.ChangedRole{ID: exampleID, Username: "ann.lee", Email: "ann@example.com", PreviousRole: auth.RoleManager, NewRole: auth.RoleAdmin}
	exampleInvite           = fields{"email": "ben@example.com", "role": "user"}
	exampleEndSession       = fields{"sessionId": exampleID}
	exampleRevokeInvitation = fields{"email": "ben@example.com"}
	exampleInvited          = auth.Invited{Email: "ben@example.com", Role: auth.RoleUser, SpaceID: exampleID, ExpiresAt: exampleTime.Add(24 * time.Hour)}
	exampleInvitationView   = auth.InvitationView{Invited: exampleInvited, SentAt: exampleTime}
	exampleEvent            = auth.EventView{
		ID: exampleID, At: exampleTime, Action: auth.ActionLogin, UserID: exampleID, SessionID: exampleID, IP: "203.0.113.7", Agent: "curl/8.14", RequestID: "F3QHX5M2N7WB4KZC6RTVDY2PSA",
	}

	exampleNewRole  = fields{"name": "clerk", "permissions": []string{"orders:read", "orders:write"}}
	exampleRoleEdit = fields{"permissions": []string{"orders:read"}}
	exampleRole     = auth.RoleView{Name: "clerk", Permissions: []string{"orders:read", "orders:write"}, CreatedAt: exampleTime, UpdatedAt: exampleTime}
	exampleNewSpace = fields{"name": "seoul", "displayName": "Seoul office"}
	exampleSpace    = auth.SpaceView{ID: exampleID, Name: "seoul", Title: "Seoul office", CreatedAt: exampleTime}

	exampleSwitch     = fields{"tenantId": "acme"}
	exampleLeave      = fields{"tenantId": "acme"}
	exampleProfile    = fields{"nickname": "Ann", "reset": []string{"mobile"}}
	exampleInvitation = auth.InvitationReady{LinkReady: exampleLink, Email: "ben@example.com", Role: auth.RoleUser, NewAccount: true}
	exampleAccept     = fields{"token": exampleLinkToken, "name": "Ben Kim", "password": "quiet-orbit-42-lantern"}
	exampleJoined     = auth.Joined{UserID: exampleID, TenantID: "default", SpaceID: exampleID, Role: auth.RoleUser}
)

// switched is a login's grant without what only a login gives.
func switched(g auth.Grant) auth.Grant {
	g.DeviceToken = ""
	return g
}

func locked(m auth.MemberView) auth.MemberView {
	m.Status = auth.UserLocked
	return m
}
