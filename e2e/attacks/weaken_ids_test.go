package attacks

// weakIDs are bugs of whose something is.
func weakIDs() []weakness {
	return []weakness{
		{
			suite: "TestA16TenantConfusion", file: "internal/auth/members.go",
			old: "if _, ok := a.Seat(by.Tenant.ID, \"\"); !ok {", new: "if false {",
			bug: "an admin's routes take every id of the directory (OWASP API1:2023)",
		},
		{
			suite: "TestA16TenantConfusion", file: "internal/auth/access.go",
			old: "if o.TenantSlug != \"\" && o.TenantSlug != claims.TenantID {", new: "if false {",
			bug: "the token's tenant is taken for the header's, and nobody says so",
		},
		{
			suite: "TestA16TenantConfusion", file: "internal/auth/memberships.go",
			old: "if !ok || t.Directory != by.Tenant.Directory {", new: "if !ok && false {",
			bug: "whoever is logged in switches to any tenant",
		},
		{
			suite: "TestA35PreHijack", file: "internal/auth/invite.go",
			old: "i.unproven = i.account.User.VerifiedAt.IsZero()", new: "i.unproven = false",
			bug: "an invitation is accepted with the account that somebody made with the address before (Sudhodanan and Paverd 2022: pre-hijacked accounts)",
		},
		{
			suite: "TestA17ForeignIDs", file: "internal/store/sql/ending.go",
			old: `sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND user_id = $5"`,
			new: `sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND $5 = $5"`,
			bug: "a session is ended by its id, whosever it is (OWASP API1:2023)",
		},
		{
			suite: "TestA18MassAssignment", file: "internal/wire/decode.go",
			old: "json.Unmarshal(body, into, json.RejectUnknownMembers(true))", new: "json.Unmarshal(body, into)",
			bug: "members that nobody knows are passed over, and bound by the next change (CVE-2012-2055)",
		},
	}
}
