package ui

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// call is what a curl command is made of.
type call struct {
	method, server, path string
	parameters           []parameter
	public               bool
	body                 string // JSON, "" for none
}

// curl writes the command for a POSIX shell, one option a line. Optional
// parameters are left out; the access token comes from the environment, so that
// none lands in a shell's history.
func curl(c call) string {
	address := c.server + c.address()
	line := "curl "
	if c.method != c.implied() {
		line += "-X " + c.method + " "
	}
	if strings.ContainsAny(address, "[]{}") {
		line += "--globoff " // curl would read them as patterns
	}
	lines := []string{line + quote(address)}
	if !c.public {
		lines = append(lines, `-H "Authorization: Bearer $ACCESS_TOKEN"`)
	}
	for _, p := range c.parameters {
		if p.In == "header" && p.Required {
			lines = append(lines, "-H "+quote(p.Name+": "+p.sample()))
		}
	}
	if c.body != "" {
		lines = append(lines, "-H "+quote("Content-Type: "+jsonType), "-d "+quote(c.body))
	}
	return strings.Join(lines, " \\\n  ")
}

// implied is the method that curl takes by itself.
func (c call) implied() string {
	if c.body != "" {
		return http.MethodPost
	}
	return http.MethodGet
}

// address is the path with its parameters filled in and the query that is required.
func (c call) address() string {
	path, query := c.path, []string{}
	for _, p := range c.parameters {
		switch {
		case p.In == "path" && p.sample() != "":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(p.sample()))
		case p.In == "query" && p.Required:
			query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.sample()))
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	return path
}

// sample is the example of a parameter as it is sent: a string without its quotes.
func (p parameter) sample() string {
	var text string
	if json.Unmarshal(p.Example, &text) == nil {
		return text
	}
	return string(p.Example)
}

// quote makes one word of any text for a POSIX shell (XCU 2.2.2).
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
