package attacks

// weakDoors are bugs of what stands at the network: headers, origins, caches.
func weakDoors() []weakness {
	return []weakness{
		{
			suite: "TestA12HostHeader", file: "internal/site/visit.go",
			old: `v.w.Header().Set("Location", path)`,
			new: `v.w.Header().Set("Location", "//"+v.r.Host+path)`,
			bug: "an address is made from the Host header (the poisoned reset link)",
		},
		{
			suite: "TestA13OpenRedirect", file: "internal/site/visit.go",
			old: "\tif !ours {\n", new: "\tif !ours && (!strings.HasPrefix(to, \"/\") || strings.HasPrefix(to, \"//\")) {\n",
			bug: "what begins with one slash is taken for a place of ours: /\\evil.test is none (trap 4)",
		},
		{
			suite: "TestA13OpenRedirect", file: "internal/httpd/server.go",
			old: `pattern != "" && (p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/"))`, new: `pattern != "" && path.Clean(p) != "."`,
			bug: "the mux redirects a path to its clean form",
		},
		{
			suite: "TestA19CSRF", file: "internal/httpd/origin.go",
			old: "\tcase \"same-origin\", \"none\":\n", new: "\tcase \"same-origin\", \"none\", \"same-site\":\n",
			bug: "a subdomain is trusted like ourselves",
		},
		{
			suite: "TestA19CSRF", file: "internal/site/visit.go",
			old: "\tcase \"same-origin\", \"none\":\n", new: "\tcase \"same-origin\", \"none\", \"same-site\":\n",
			bug: "a page of a subdomain may send our forms",
		},
		{
			suite: "TestA19CSRF", file: "internal/httpd/server.go",
			old: "\tmethods, values := x.server.find(x.r.URL.EscapedPath())\n",
			new: "\tmethods, values := x.server.find(x.r.URL.EscapedPath())\n\tif m := x.r.Header.Get(\"X-HTTP-Method-Override\"); m != \"\" {\n\t\tif _, known := methods[m]; known {\n\t\t\tx.r.Method = m\n\t\t\tx.r.Header.Set(\"Sec-Fetch-Site\", \"none\")\n\t\t}\n\t}\n",
			bug: "a GET that says it is a POST is one, and is not looked at as one",
		},
		{
			suite: "TestA20CORS", file: "internal/httpd/origin.go",
			old: "if origin == \"\" || !slices.Contains(x.allowedOrigins(), origin) {", new: "if origin == \"\" {",
			bug: "any origin is reflected, with credentials",
		},
		{
			suite: "TestA20CORS", file: "internal/httpd/origin.go",
			old: "\th.Add(\"Vary\", \"Origin\")\n", new: "",
			bug: "a cache gives one origin's permission to another",
		},
		{
			suite: "TestA21Cache", file: "internal/httpd/server.go",
			old: `"Cache-Control":                {"no-store"},`, new: `"Cache-Control":                {"max-age=60"},`,
			bug: "answers about a person may be kept",
		},
		{
			suite: "TestA21Cache", file: "internal/httpd/server.go",
			old: "x.server.find(x.r.URL.EscapedPath())", new: "x.server.find(strings.TrimSuffix(strings.TrimSuffix(x.r.URL.Path, \"/x.css\"), \".css\"))",
			bug: "a path with a tail is the route all the same: web cache deception",
		},
		{
			suite: "TestA24SlowClients", file: "cmd/latchkey/serve.go",
			old: "headerTime  = 5 * time.Second", new: "headerTime  = time.Hour",
			bug: "a head may take its time: slowloris",
		},
		{
			suite: "TestA24SlowClients", file: "internal/httpd/body.go",
			old: "\tif r.ContentLength > bodyLimit {\n", new: "\tif false {\n",
			bug: "who asks first whether to send too much is told to go on",
		},
		{
			suite: "TestA25Headers", file: "internal/httpd/credential.go",
			old: "\tif one.torn || s.key != \"\" && s.jar != \"\" {", new: "\tif false {",
			bug: "of two credentials that disagree one wins, silently (trap 6)",
		},
		{
			suite: "TestA25Headers", file: "internal/httpd/credential.go",
			old: `if strings.Count(strings.Join(r.Header["Cookie"], ";"), ";") >= cookieLimit {`, new: "if false {",
			bug: "past 3,000 cookies there are none, and the request is another's (trap 6)",
		},
		{
			suite: "TestA26Smuggling", file: "internal/httpd/server.go",
			old: "x.server.find(x.r.URL.EscapedPath())", new: "x.server.find(path.Clean(x.r.URL.Path))",
			bug: "a path is cleaned behind the proxy's rule about it",
		},
	}
}
