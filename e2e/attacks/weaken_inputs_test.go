package attacks

// weakInputs are bugs of what is read: names, passwords, bodies, and what of
// them is written down.
func weakInputs() []weakness {
	return []weakness{
		{
			suite: "TestA15EmailIdentity", file: "internal/auth/name.go",
			old: "lower(norm.NFKC.String(strings.TrimSpace(s)))", new: `lower(norm.NFKC.String("") + strings.TrimSpace(s))`,
			bug: "spellings that Unicode calls the same are different accounts",
		},
		{
			suite: "TestA15EmailIdentity", file: "internal/auth/name.go",
			old: "!atom.MatchString(local)", new: "local == \"\"",
			bug: "quotes, comments and homographs pass before the @ (trap 5)",
		},
		{
			suite: "TestA22Passwords", file: "internal/password/bcrypt.go",
			old: "\treturn err == nil && fits\n", new: "\treturn err == nil || !fits && bcrypt.CompareHashAndPassword([]byte(b.text), []byte(plain[:min(len(plain), bcryptMaxBytes)])) == nil\n",
			bug: "bcrypt cuts at 72 bytes, and the rest may be anything (trap 1)",
		},
		{
			suite: "TestA22Passwords", file: "internal/password/bcrypt.go",
			old: "len(plain) <= bcryptMaxBytes && strings.IndexByte(plain, 0) < 0", new: "len(plain) <= bcryptMaxBytes",
			bug: "bcrypt repeats its key with a NUL between: harbour9 and harbour9␀harbour9 are one",
		},
		{
			suite: "TestA23Bodies", file: "internal/wire/decode.go",
			old: "json.Unmarshal(body, into, json.RejectUnknownMembers(true))", new: "json.Unmarshal(body, into, json.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(true))",
			bug: "the last of two keys wins, and another reader takes the first (trap 2)",
		},
		{
			suite: "TestA23Bodies", file: "internal/httpd/server.go",
			old: "\tx.r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)\n", new: "",
			bug: "a body has no end",
		},
		{
			suite: "TestA27Injection", file: "internal/store/sql/user.go",
			old: `FROM users WHERE directory = $1 AND email = $2"`, new: `FROM users WHERE directory = $1 AND email LIKE $2"`,
			bug: "a name is compared by LIKE: %@example.com is anybody there",
		},
		{
			suite: "TestA27Injection", file: "internal/store/sql/user.go",
			old: `	err := s.readOne(ctx, "UserByName", query, into(&u, scanUser), directory, name.Value)
`, new: `	if name.Kind == auth.NameEmail {
		query = query[:len(query)-len("$2")] + "'" + name.Value + "'"
	}
	err := s.readOne(ctx, "UserByName", query, into(&u, scanUser), directory)
`,
			bug: "a name is put together into SQL: ' is legal in an address",
		},
		{
			suite: "TestA28LogInjection", file: "internal/httpd/exchange.go",
			old: "requestIDPattern.MatchString(id)", new: "id != \"\"",
			bug: "a request's own id is logged as it comes, whatever its length",
		},
		{
			suite: "TestA28LogInjection", file: "internal/httpd/log.go",
			old: "	took := time.Since(x.start)\n", new: "	took := time.Since(x.start)\n	println(\"agent\", x.r.UserAgent())\n",
			bug: "a line is written beside the logger, which would have quoted it",
		},
		{
			suite: "TestA34Secrets", file: "internal/httpd/log.go",
			old: `slog.String("route", route)`, new: `slog.String("route", route), slog.String("uri", x.r.RequestURI)`,
			bug: "the log has addresses as they were sent, tokens and all",
		},
		{
			suite: "TestA34Secrets", file: "internal/httpd/log.go",
			old: `slog.String("code", x.code)`, new: `slog.String("code", x.code), slog.String("access", x.sent.access.Reveal())`,
			bug: "the log has the headers of requests",
		},
	}
}
