package attacks

// weakTokens are bugs of tokens.
func weakTokens() []weakness {
	return []weakness{
		{
			suite: "TestA01AlgorithmConfusion", file: "guard/jwt/verifier.go",
			old: "\tif t.header.alg != string(key.Algorithm()) {\n",
			new: "\tif strings.EqualFold(t.header.alg, \"none\") {\n\t\tp, err := readPayload(t.payload)\n\t\treturn key, p, err\n\t}\n\tif t.header.alg != string(key.Algorithm()) {\n",
			bug: "alg none is believed, beside any signature (CVE-2015-9235, CVE-2020-28042)",
		},
		{
			suite: "TestA01AlgorithmConfusion", file: "guard/jwt/verifier.go",
			old: "\tif t.header.alg != string(key.Algorithm()) {\n", new: "\tif false {\n",
			bug: "the algorithm of the header is not compared with the key's (RFC 8725 §3.1)",
		},
		{
			suite: "TestA02KeyInjection", file: "guard/jwt/token.go",
			old: "\t\t\terr = errors.New(\"its header has a member beyond alg, typ and kid\")\n", new: "\t\t\terr = r.skip()\n",
			bug: "crit and the members that bring keys are passed over (RFC 7515 §4.1.11)",
		},
		{
			suite: "TestA02KeyInjection", file: "guard/jwt/verifier.go",
			old: "\tif !ok || key.ID() != t.header.kid {\n",
			new: "\tif !ok {\n\t\tvar err error\n\t\tkey, err = NewKey(t.header.kid, HS256, make([]byte, 32))\n\t\tok = err == nil\n\t}\n\tif !ok || key.ID() != t.header.kid {\n",
			bug: "a kid that is not found is an empty key: the historic kid of /dev/null",
		},
		{
			suite: "TestA03TokenMalleability", file: "guard/jwt/token.go",
			old: "base64.RawURLEncoding.Strict().DecodeString(text)", new: "base64.RawURLEncoding.DecodeString(text)",
			bug: "the last character has several spellings (trap 3: a denylist by text is passed by)",
		},
		{
			suite: "TestA03TokenMalleability", file: "internal/auth/token.go",
			old: "var tokenEncoding = base64.RawURLEncoding.Strict()", new: "var tokenEncoding = base64.RawURLEncoding",
			bug: "the same, of refresh tokens",
		},
		{
			suite: "TestA04Claims", file: "guard/jwt/verifier.go",
			old: "if !slices.Contains(p.Audience, v.audience) {", new: "if !slices.Contains(p.Audience, v.audience) && p.Audience == nil {",
			bug: "a token for anybody is a token for us (CVE-2022-23541 and its kin)",
		},
		{
			suite: "TestA04Claims", file: "internal/auth/access.go",
			old: "\tif session.User != claims.Subject {\n", new: "\tif false {\n",
			bug: "a session is not held to its user",
		},
		{
			suite: "TestA05TokenKinds", file: "internal/auth/refresh.go",
			old: "\tif !ok {\n\t\treturn Grant{}, ErrRefreshInvalid\n",
			new: "\tif claims, err := s.Verifier.Verify(in.RefreshToken.Reveal()); !ok && err == nil {\n\t\tid, ok = claims.SessionID, true\n\t}\n\tif !ok {\n\t\treturn Grant{}, ErrRefreshInvalid\n",
			bug: "an access token refreshes its session, for ever",
		},
	}
}
