package attacks

// weakGuards are bugs of what stands in front of other services: the gateway,
// and the library in it.
func weakGuards() []weakness {
	return []weakness{
		{
			suite: "TestA05GuardedKinds", file: "guard/state.go",
			old: "\t\tif l.Event == sessionEnded {\n", new: "\t\tif false {\n",
			bug: "a session that is over is let in until its token ends, as by every stateless middleware",
		},
		{
			suite: "TestA11GuardedAddress", file: "internal/gateway/headers.go",
			old: "\tif t.trusts(peer) {\n", new: "\tif true {\n",
			bug: "anybody's X-Forwarded-For is believed",
		},
		{
			suite: "TestA21GuardedCache", file: "internal/gateway/gateway.go",
			old: "\tif x.identity.Kind != \"\" {\n\t\tif c := ", new: "\tif false {\n\t\tif c := ",
			bug: "what a service says nothing about is kept by caches, for everybody",
		},
		{
			suite: "TestA26GuardedSmuggling", file: "internal/gateway/headers.go",
			old: "\treturn '-'\n", new: "\treturn c\n",
			bug: "X_User_Id passes, and is X-User-Id to a service that reads it as CGI does",
		},
		{
			suite: "TestA26GuardedSmuggling", file: "internal/gateway/headers.go",
			old: "\t\tif strings.Contains(escaped, bad) {\n", new: "\t\tif bad == \"//\" && strings.Contains(escaped, bad) {\n",
			bug: "the rule is that of the path as it is written, the service's that of the path as it is read (CVE-2018-3760 and its kin)",
		},
		{
			suite: "TestA26GuardedSmuggling", file: "guard/pass.go",
			old: "\t\treturn errTenantMismatch\n", new: "\t\treturn nil\n",
			bug: "the tenant that a request names is not held against its token's",
		},
	}
}
