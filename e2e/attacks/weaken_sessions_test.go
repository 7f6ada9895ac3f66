package attacks

// weakSessions are bugs of sessions, of who asks and from where.
func weakSessions() []weakness {
	return []weakness{
		{
			suite: "TestA07Sessions", file: "internal/auth/signout.go",
			old: "\ts.Live.DropSessions(by.Tenant.Directory, session)\n", new: "",
			bug: "a logout is not told to the cache: the token lives until it expires",
		},
		{
			suite: "TestA07Sessions", file: "internal/auth/access.go",
			old: "\tcase !account.User.Usable() || account.User.Shut():\n", new: "\tcase false:\n",
			bug: "a disabled account keeps its sessions (GHSA-… of several identity servers)",
		},
		{
			suite: "TestA11ClientAddress", file: "internal/httpd/addr.go",
			old: "\tif !p.contain(addr) {\n\t\treturn addr\n\t}\n\thops", new: "\thops",
			bug: "X-Forwarded-For is believed from anybody: limits are passed by with a header",
		},
		{
			suite: "TestA11ClientAddress", file: "internal/httpd/addr.go",
			old: "for i := len(hops) - 1; i >= 0; i-- {", new: "for i := range hops {",
			bug: "the first address of the chain counts, which the client wrote itself",
		},
	}
}
