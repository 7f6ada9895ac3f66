package httpd

import (
	"regexp"
	"strings"
)

// pattern is a path with places for values, such as /users/{id}.
type pattern struct {
	parts   []string
	methods map[string]*route
}

// value is what may stand in a place: nothing that has to be escaped, so that a
// path means the same to every proxy before us.
var value = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,128}$`)

// find returns the routes at a path, by method, and the values in it. A path
// that stands in the table goes before a pattern that would fit.
func (s *Server) find(path string) (methods map[string]*route, values map[string]string) {
	if methods, found := s.routes[path]; found {
		return methods, nil
	}
	parts := strings.Split(path, "/")
	for _, p := range s.patterns {
		if values, fits := p.fits(parts); fits {
			return p.methods, values
		}
	}
	return nil, nil
}

func (p pattern) fits(parts []string) (values map[string]string, fits bool) {
	if len(parts) != len(p.parts) {
		return nil, false
	}
	values = map[string]string{}
	for i, want := range p.parts {
		name, isPlace := place(want)
		switch {
		case isPlace && value.MatchString(parts[i]) && strings.Trim(parts[i], ".") != "":
			values[name] = parts[i]
		case isPlace || want != parts[i]:
			return nil, false
		}
	}
	return values, true
}

// place returns the name of a place in a path.
func place(part string) (name string, is bool) {
	name, opened := strings.CutPrefix(part, "{")
	name, closed := strings.CutSuffix(name, "}")
	return name, opened && closed
}

// add puts a route at one of its paths.
func (s *Server) add(path string, rt *route) {
	methods := s.routes[path]
	if strings.Contains(path, "{") {
		methods = s.atPattern(path)
	} else if methods == nil {
		methods = map[string]*route{}
		s.routes[path] = methods
	}
	rt.at(methods)
}

func (s *Server) atPattern(path string) map[string]*route {
	parts := strings.Split(path, "/")
	for _, p := range s.patterns {
		if strings.Join(p.parts, "/") == path {
			return p.methods
		}
	}
	p := pattern{parts: parts, methods: map[string]*route{}}
	s.patterns = append(s.patterns, p)
	return p.methods
}
