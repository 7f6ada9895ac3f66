package attacks

// weakNest are bugs of the door for NestJS gateways.
func weakNest() []weakness {
	return []weakness{
		{
			suite: "TestA16NestTenant", file: "internal/rpcd/caller.go",
			old: "\tcase x.sent.Token != \"\":\n", new: "\tcase x.sent.Token != \"\" && user == nil:\n",
			bug: "a claimed user wins over the token that came with it",
		},
		{
			suite: "TestA16NestTenant", file: "internal/rpcd/payload.go",
			old: "TenantSlug: x.sent.Tenant, Agent:", new: "TenantSlug: map[bool]string{true: x.sent.Tenant}[x.sent.Token == \"\"], Agent:",
			bug: "the payload's tenant is not held against the token's",
		},
		{
			suite: "TestA16NestTenant", file: "internal/rpcd/command.go",
			old: "case tenants == TenantsRead && c.changes:", new: "case tenants == TenantsRead && c.changes && false:",
			bug: "tenants that may only be read are written",
		},
		{
			suite: "TestA18NestAssignment", file: "internal/rpcd/command.go",
			old: "\t\tif err = x.chargeCaller(l, in); err != nil {\n",
			new: "\t\tvar more struct {\n\t\t\tReq struct {\n\t\t\t\tUser struct {\n\t\t\t\t\tRole string `json:\"role\"`\n\t\t\t\t} `json:\"user\"`\n\t\t\t} `json:\"req\"`\n\t\t}\n\t\tif wire.DecodeKnown(x.data, &more) == nil && more.Req.User.Role != \"\" {\n\t\t\tx.by.Seat.Role = more.Req.User.Role\n\t\t}\n\t\tif err = x.chargeCaller(l, in); err != nil {\n",
			bug: "the role is the one that req.user claims, as in the seed",
		},
		{
			suite: "TestA18NestAssignment", file: "internal/wire/decode.go",
			old: "\tif err := json.Unmarshal(body, into); err != nil {\n", new: "\tif err := json.Unmarshal(body, into, json.MatchCaseInsensitiveNames(true)); err != nil {\n",
			bug: "names are matched in any case, and by folding (trap 2)",
		},
		{
			suite: "TestA27NestInjection", file: "internal/rpcd/command.go",
			old: "err = wire.DecodeKnown(x.data, &in)\n", new: "err = wire.DecodeKnown(x.data, &in)\n\t\t\tif x.command.login {\n\t\t\t\terr = nil\n\t\t\t}\n",
			bug: "an object in the place of a text is not refused, and what it leaves unread is asked for",
		},
		{
			suite: "TestA27NestInjection", file: "internal/rpcd/tenants.go",
			old: "func(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (auth.Deleted, error) {\n",
			new: "func(s *auth.Service, ctx context.Context, by auth.Caller, ref string) (auth.Deleted, error) {\n\t\t\t\tif ref == \"%\" || ref == \"*\" {\n\t\t\t\t\tref = \"house\"\n\t\t\t\t}\n",
			bug: "a name is a pattern: % is whoever is there",
		},
		{
			suite: "TestA30NestFrames", file: "internal/nest/packet.go",
			old: "\t\tif *to != nil {\n", new: "\t\tif false {\n",
			bug: "of two members of one name the last wins (trap 2)",
		},
		{
			suite: "TestA30NestFrames", file: "internal/auth/access.go",
			old: "\tif user == \"\" || session == \"\" || tenant == \"\" {\n",
			new: "\tif user != \"\" && session != \"\" && tenant == \"\" {\n\t\ttenant = s.DefaultTenant\n\t}\n\tif user == \"\" || session == \"\" {\n",
			bug: "what a claimed user does not say is made up for him",
		},
		{
			suite: "TestA30NestFloods", file: "internal/nest/frame.go",
			old: "n > 0 && n <= f.most:", new: "n > 0:",
			bug: "a frame is as long as it says, and what it holds is never let go",
		},
		{
			suite: "TestA30NestTLS", file: "cmd/latchkey/nest_tls.go",
			old: "ClientAuth: tls.RequireAndVerifyClientCert", new: "ClientAuth: tls.RequireAnyClientCert",
			bug: "any certificate lets in (CWE-295)",
		},
		{
			suite: "TestA30NestTLS", file: "cmd/latchkey/nest_tls.go",
			old: "ClientAuth: tls.RequireAndVerifyClientCert", new: "ClientAuth: tls.VerifyClientCertIfGiven",
			bug: "who shows no certificate comes in, too",
		},
		{
			suite: "TestA30NestReach", file: "cmd/latchkey/settings_nest.go",
			old: "if s.NestPorts != nil && !isLoopback(s.NestHost) && s.NestCert == \"\" {", new: "if false {",
			bug: "the door is open to the network, and believes whoever comes",
		},
	}
}
