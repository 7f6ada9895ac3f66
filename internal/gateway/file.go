package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"go.yaml.in/yaml/v3"
)

// File is the table as it is written in YAML.
type File struct {
	Listen         string               `yaml:"listen"`          // host:port; 127.0.0.1:8080
	Issuer         string               `yaml:"issuer"`          // iss of access tokens: the auth service's APP_BASE_URL
	Audience       string               `yaml:"audience"`        // aud of access tokens; the issuer
	Auth           string               `yaml:"auth"`            // where the auth service is reached; the issuer
	SecretEnv      string               `yaml:"secret_env"`      // variable that holds JWT_SECRET, for a deployment with one
	KeyEnv         string               `yaml:"key_env"`         // variable that holds an API key with the scope revocations:read
	KeyFile        string               `yaml:"key_file"`        // file that holds it
	PlainHTTP      bool                 `yaml:"plain_http"`      // auth may be http:// beyond loopback: the network is trusted
	TrustedProxies []string             `yaml:"trusted_proxies"` // networks whose X-Forwarded-* are kept
	Origins        []string             `yaml:"origins"`         // other origins whose pages may change things with cookies
	Refresh        *bool                `yaml:"refresh"`         // renew a browser's expired cookies; true
	MaxStale       Duration             `yaml:"max_stale"`       // how long routes go on without the feed; 5m
	Assertion      *AssertionFile       `yaml:"assertion"`
	Upstreams      map[string]*Upstream `yaml:"upstreams"`
	Routes         []*Route             `yaml:"routes"`
}

// Upstream is a service behind the gateway, on one machine or several.
type Upstream struct {
	URL     string   `yaml:"url"`
	URLs    []string `yaml:"urls"`
	Health  string   `yaml:"health"`  // a path that answers 2xx while the service is well; "": not asked
	Timeout Duration `yaml:"timeout"` // until the answer begins; 30s
}

// Route says where requests go, and who may send them.
type Route struct {
	Path         string   `yaml:"path"` // of [net/http.ServeMux], without method and host
	Methods      []string `yaml:"methods"`
	Upstream     string   `yaml:"upstream"`
	StripPrefix  string   `yaml:"strip_prefix"`
	Public       bool     `yaml:"public"`
	Roles        []string `yaml:"roles"`       // one of them
	Permissions  []string `yaml:"permissions"` // all of them
	Tenant       string   `yaml:"tenant"`
	Strict       bool     `yaml:"strict"`        // nothing without a live feed
	Lenient      bool     `yaml:"lenient"`       // on without the feed, until the token ends
	ForwardToken bool     `yaml:"forward_token"` // the service gets the client's token, too
	Assertion    string   `yaml:"assertion"`     // audience of the assertion that the service gets; "": none
	line         int
}

// AssertionFile says how the gateway vouches for identities with a signature.
type AssertionFile struct {
	Header  string   `yaml:"header"`   // X-Identity-Assertion
	Issuer  string   `yaml:"issuer"`   // iss; "latchkey-gateway"
	Life    Duration `yaml:"life"`     // 30s
	KeyFile string   `yaml:"key_file"` // PEM of a P-256 private key; one of its own for each process when left out
}

// Duration is written as in Go: 30s, 1m30s.
type Duration time.Duration

// UnmarshalYAML reads a duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v <= 0 {
		return fmt.Errorf("line %d: %q is no duration such as 30s", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

func (d Duration) or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}

// Parse reads a table. What it does not know, and what stands there twice, is
// an error that names the line.
func Parse(text []byte) (*File, error) {
	var f File
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); errors.Is(err, io.EOF) {
		return nil, errors.New("the table is empty")
	} else if err != nil {
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the table is one document: there is a second one behind ---")
	}
	lines := routeLines(text)
	for i, r := range f.Routes {
		if r == nil || i >= len(lines) {
			return nil, errors.New("routes has an empty entry")
		}
		r.line = lines[i]
	}
	return &f, nil
}

// routeLines are the lines in which the routes begin.
func routeLines(text []byte) (lines []int) {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return nil
	}
	members := root.Content[0].Content
	for i := 0; i+1 < len(members); i += 2 {
		if members[i].Value != "routes" {
			continue
		}
		for _, n := range members[i+1].Content {
			lines = append(lines, n.Line)
		}
	}
	return lines
}
