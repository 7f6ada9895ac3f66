package httpd_test

import "slices"

// What those who run things are shown.
var (
	tenantFields  = []string{"id", "name", "displayName", "contactEmail", "status", "policy", "policyInForce", "brand", "directory", "createdAt", "updatedAt"}
	memberFields  = []string{"id", "name", "username", "email", "role", "spaces", "status", "emailVerified", "shared", "createdAt"}
	memberMaybe   = []string{"nickname", "mobile", "lockedUntil", "lastLoginAt"}
	roleFields    = []string{"name", "permissions", "builtIn", "createdAt", "updatedAt"}
	profileFields = append(slices.Clone(userFields), "sessionId")
	deleted       = []string{"deleted"}
	unlocked      = []string{"userId", "tenantId"}
)

// staffContract are the lines of CONTRACT.md §5 about tenants, users, roles and
// the record, and ours beside them. All of them take an operator's key, but for
// those about one's own memberships.
var staffContract = []row{
	{
		method: "POST", path: "/tenants", private: true, operated: true,
		fields:  []string{"name", "displayName", "contactEmail", "status", "policy", "brand", "databaseUrl"},
		success: []result{{"TENANT_CREATED", 201, tenantFields, nil}}, errors: map[string]int{"DUPLICATE_ENTRY": 409},
	},
	{
		method: "GET", path: "/tenants", private: true, operated: true, params: []string{"cursor", "limit", "q", "status"},
		success: []result{{code: "TENANTS_RETRIEVED", status: 200}},
	},
	{method: "GET", path: "/tenants/{id}", private: true, operated: true, success: []result{{"TENANT_RETRIEVED", 200, tenantFields, nil}}},
	{
		method: "PATCH", path: "/tenants/{id}", private: true, operated: true,
		fields:  []string{"displayName", "contactEmail", "policy", "brand", "reset"},
		success: []result{{"TENANT_UPDATED", 200, tenantFields, nil}},
	},
	{
		method: "DELETE", path: "/tenants/{id}", private: true, operated: true,
		success: []result{{"TENANT_DELETED", 200, deleted, nil}}, errors: map[string]int{"DEFAULT_TENANT": 409},
	},
	{
		method: "PATCH", path: "/tenants/{id}/status", private: true, operated: true, fields: []string{"status"},
		success: []result{{"TENANT_STATUS_CHANGED", 200, []string{"name", "status"}, nil}},
	},
	{
		method: "GET", path: "/tenants/by-name/{name}/status", private: true, operated: true,
		success: []result{{"TENANT_STATUS_RETRIEVED", 200, []string{"name", "status"}, nil}},
	},
	{
		method: "PATCH", path: "/tenants/by-name/{name}/status", private: true, operated: true, fields: []string{"status"},
		success: []result{{"TENANT_STATUS_CHANGED", 200, []string{"name", "status"}, nil}},
	},
	{
		method: "GET", path: "/users", private: true, operated: true, params: []string{"cursor", "limit", "q", "role", "status"},
		success: []result{{code: "USERS_RETRIEVED", status: 200}},
	},
	{
		method: "POST", path: "/users", private: true, operated: true,
		fields:  []string{"name", "email", "password", "username", "nickname", "mobile", "role", "spaceId"},
		success: []result{{"USER_CREATED", 201, memberFields, memberMaybe}},
		errors:  map[string]int{"DUPLICATE_ENTRY": 409, "SPACE_NOT_FOUND": 404, "OVERLOADED": 503},
	},
	{
		method: "GET", path: "/users/{id}", private: true, operated: true,
		success: []result{{"USER_RETRIEVED", 200, memberFields, memberMaybe}}, errors: map[string]int{"NO_SUCH_USER": 404},
	},
	{
		method: "PATCH", path: "/users/{id}", private: true, operated: true,
		fields:  []string{"name", "username", "nickname", "mobile", "reset", "email", "status"},
		success: []result{{"USER_UPDATED", 200, memberFields, memberMaybe}},
		errors:  map[string]int{"NO_SUCH_USER": 404, "DUPLICATE_ENTRY": 409, "LAST_ADMIN": 409},
	},
	{
		method: "DELETE", path: "/users/{id}", private: true, operated: true,
		success: []result{{"USER_REMOVED", 200, deleted, nil}}, errors: map[string]int{"NO_SUCH_USER": 404, "LAST_ADMIN": 409},
	},
	{
		method: "POST", path: "/users/{id}/lock", private: true, operated: true,
		success: []result{{"USER_LOCKED", 200, memberFields, memberMaybe}}, errors: map[string]int{"NO_SUCH_USER": 404},
	},
	{
		method: "POST", path: "/users/{id}/unlock", private: true, operated: true,
		success: []result{{"ACCOUNT_UNLOCKED", 200, unlocked, nil}, {"ACCOUNT_ALREADY_UNLOCKED", 200, unlocked, nil}},
		errors:  map[string]int{"NO_SUCH_USER": 404},
	},
	{
		method: "GET", path: "/users/{id}/sessions", private: true, operated: true,
		success: []result{{code: "SESSIONS_RETRIEVED", status: 200}}, errors: map[string]int{"NO_SUCH_USER": 404},
	},
	{
		method: "DELETE", path: "/users/{id}/sessions", private: true, operated: true,
		success: []result{{"ALL_SESSIONS_REVOKED", 200, []string{"revokedCount"}, nil}}, errors: map[string]int{"NO_SUCH_USER": 404},
	},
	{
		method: "POST", path: "/users/{id}/end-session", private: true, operated: true, fields: []string{"sessionId"},
		success: []result{{"SESSION_REVOKED", 200, []string{"sessionId"}, nil}}, errors: map[string]int{"NO_SUCH_USER": 404, "NO_SUCH_SESSION": 404},
	},
	{
		method: "GET", path: "/invitations", private: true, operated: true, params: []string{"cursor", "limit"},
		success: []result{{code: "INVITATIONS_RETRIEVED", status: 200}},
	},
	{
		method: "POST", path: "/invitations/revoke", private: true, operated: true, fields: []string{"email"},
		success: []result{{"INVITATION_REVOKED", 200, []string{"email", "role"}, nil}}, errors: map[string]int{"INVITATION_NOT_FOUND": 404},
	},
	{
		method: "POST", path: "/auth/change-role", private: true, operated: true, fields: []string{"userId", "newRole"},
		success: []result{{"USER_ROLE_UPDATED", 200, []string{"id", "username", "email", "previousRole", "newRole"}, nil}},
		errors:  map[string]int{"NO_SUCH_USER": 404, "LAST_ADMIN": 409},
	},
	{
		method: "POST", path: "/invitations", private: true, operated: true, fields: []string{"email", "role", "spaceId"},
		success: []result{{"INVITATION_SENT", 202, []string{"email", "role", "spaceId", "expiresAt"}, nil}},
		errors:  map[string]int{"ALREADY_MEMBER": 409, "SPACE_NOT_FOUND": 404, "SIGN_UP_CLOSED": 403, "RATE_LIMITED": 429},
	},
	{method: "GET", path: "/auth/history", private: true, params: []string{"cursor", "limit"}, success: []result{{code: "HISTORY_RETRIEVED", status: 200}}},
	{
		method: "POST", path: "/users/{id}/reset-password", private: true, operated: true,
		success: []result{{code: "RESET_SENT", status: 202}}, errors: map[string]int{"NO_SUCH_USER": 404, "RATE_LIMITED": 429},
	},
	{
		method: "GET", path: "/audit-events/verification", private: true, operated: true,
		success: []result{{"RECORD_CHECKED", 200, []string{"directory", "first", "last", "hash", "complete"}, nil}},
	},
	{
		method: "GET", path: "/overview", private: true, operated: true, params: []string{"hours"},
		success: []result{{"OVERVIEW_RETRIEVED", 200, []string{"from", "step", "signIns", "failures", "locks", "signUps", "activeSessions", "activeNow"}, nil}},
	},
	{
		method: "GET", path: "/mails", private: true, operated: true, params: []string{"cursor", "limit", "status"},
		success: []result{{code: "MAILS_RETRIEVED", status: 200}},
	},
	{
		method: "POST", path: "/mails/{id}/retry", private: true, operated: true,
		success: []result{{code: "MAIL_QUEUED", status: 200}}, errors: map[string]int{"MAIL_NOT_FOUND": 404},
	},
	{method: "GET", path: "/system", private: true, operated: true, success: []result{{
		code: "SYSTEM_RETRIEVED", status: 200, fields: []string{"version", "startedAt", "now", "database", "bus", "mail", "memory", "hashing", "listeners"},
	}}},
	{method: "GET", path: "/signing-keys", private: true, operated: true, success: []result{{code: "SIGNING_KEYS_RETRIEVED", status: 200}}},
	{
		method: "POST", path: "/signing-keys/rotate", private: true, operated: true, fields: []string{"now"},
		success: []result{{code: "SIGNING_KEYS_ROTATED", status: 200}}, errors: map[string]int{"KEYS_FIXED": 409},
	},
	{
		method: "GET", path: "/audit-events", private: true, operated: true, params: []string{"cursor", "limit", "userId", "action", "from", "to"},
		success: []result{{code: "AUDIT_EVENTS_RETRIEVED", status: 200}},
	},
	{method: "GET", path: "/roles", private: true, operated: true, success: []result{{code: "ROLES_RETRIEVED", status: 200}}},
	{
		method: "POST", path: "/roles", private: true, operated: true, fields: []string{"name", "description", "permissions"},
		success: []result{{"ROLE_CREATED", 201, roleFields, []string{"description"}}},
		errors:  map[string]int{"DUPLICATE_ENTRY": 409, "TOO_MANY_ROLES": 409},
	},
	{
		method: "PATCH", path: "/roles/{name}", private: true, operated: true, fields: []string{"description", "permissions"},
		success: []result{{"ROLE_UPDATED", 200, roleFields, []string{"description"}}}, errors: map[string]int{"ROLE_NOT_FOUND": 404},
	},
	{
		method: "DELETE", path: "/roles/{name}", private: true, operated: true,
		success: []result{{"ROLE_DELETED", 200, deleted, nil}}, errors: map[string]int{"ROLE_NOT_FOUND": 404, "ROLE_IN_USE": 409},
	},
	{
		method: "GET", path: "/api-keys", private: true, operated: true, params: []string{"everywhere"},
		success: []result{{code: "API_KEYS_RETRIEVED", status: 200}},
	},
	{
		method: "POST", path: "/api-keys", private: true, operated: true, fields: []string{"name", "scopes", "expiresIn", "everywhere"},
		success: []result{{"API_KEY_CREATED", 201, []string{"id", "name", "key", "createdAt"}, []string{"tenantId", "scopes", "expiresAt"}}},
		errors:  map[string]int{"DUPLICATE_ENTRY": 409},
	},
	{
		method: "DELETE", path: "/api-keys/{id}", private: true, operated: true, params: []string{"everywhere"},
		success: []result{{"API_KEY_REVOKED", 200, []string{"id", "name", "createdAt", "revokedAt"}, []string{"tenantId", "scopes", "expiresAt", "usedAt"}}},
		errors:  map[string]int{"KEY_NOT_FOUND": 404},
	},
	{method: "GET", path: "/spaces", private: true, operated: true, success: []result{{code: "SPACES_RETRIEVED", status: 200}}},
	{
		method: "POST", path: "/spaces", private: true, operated: true, fields: []string{"name", "displayName"},
		success: []result{{"SPACE_CREATED", 201, []string{"id", "name", "displayName", "createdAt"}, nil}}, errors: map[string]int{"DUPLICATE_ENTRY": 409},
	},
	{
		method: "POST", path: "/auth/switch-tenant", private: true, fields: []string{"tenantId", "spaceId"},
		success: []result{{"TENANT_SWITCHED", 200, grantFields, tokenFields}},
	},
	{
		method: "POST", path: "/auth/tenants/main", private: true, fields: []string{"tenantId", "spaceId"},
		success: []result{{"MAIN_TENANT_SET", 200, profileFields, []string{"nickname", "mobile"}}},
	},
	{
		method: "POST", path: "/auth/tenants/leave", private: true, fields: []string{"tenantId"},
		success: []result{{code: "TENANT_LEFT", status: 200}}, errors: map[string]int{"LAST_ADMIN": 409, "LAST_TENANT": 409},
	},
	{
		method: "PATCH", path: "/auth/me", private: true, fields: []string{"name", "username", "nickname", "mobile", "reset"},
		success: []result{{"PROFILE_UPDATED", 200, profileFields, []string{"nickname", "mobile"}}}, errors: map[string]int{"DUPLICATE_ENTRY": 409},
	},
	{
		method: "GET", path: "/auth/invitation", linked: true,
		success: []result{{"INVITATION_READY", 200, append(slices.Clone(linkFields), "email", "role", "newAccount"), nil}},
		errors:  map[string]int{"SIGN_UP_CLOSED": 403},
	},
	{
		method: "POST", path: "/auth/invitation", linked: true, fields: []string{"token", "name", "password"},
		success: []result{{"INVITATION_ACCEPTED", 200, []string{"userId", "tenantId", "spaceId", "role"}, nil}}, errors: map[string]int{"OVERLOADED": 503, "SIGN_UP_CLOSED": 403},
	},
}
