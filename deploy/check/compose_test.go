package check

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// compose is as much of a compose file as ours use (compose-spec.io).
type compose struct {
	Name     string
	Hardened any `json:"x-hardened"`
	Services map[string]service
	Volumes  map[string]any
	Networks map[string]any
	Secrets  map[string]struct{ Environment string }
	Configs  map[string]struct{ Content string }
}

type service struct {
	Image       string
	Build       struct{ Context, Dockerfile string }
	Command     []string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Secrets     []string
	Configs     []struct{ Source, Target string }
	DependsOn   map[string]struct{ Condition string } `json:"depends_on"`
	Deploy      struct{ Replicas int }
	Healthcheck *struct {
		Test     []string
		Interval string
	}
	Restart         string
	StopGracePeriod string   `json:"stop_grace_period"`
	ShmSize         string   `json:"shm_size"`
	ReadOnly        bool     `json:"read_only"`
	CapDrop         []string `json:"cap_drop"`
	SecurityOpt     []string `json:"security_opt"`
}

func TestCompose(t *testing.T) {
	known := settings(t)
	for file, replicas := range map[string]int{"compose.yaml": 0, "compose.postgres.yaml": 3, "compose.mongo.yaml": 3} {
		t.Run(file, func(t *testing.T) {
			text := read(t, "../"+file)
			var c compose
			decode(t, text, &c)
			latchkey := c.Services["latchkey"]
			if latchkey.Deploy.Replicas != replicas || !latchkey.ReadOnly || latchkey.Restart == "" {
				t.Errorf("got %+v, want %d replicas that are read-only and start again", latchkey, replicas)
			}
			for name := range latchkey.Environment {
				if !known[name] {
					t.Errorf("%s is no setting", name)
				}
			}
			if _, err := os.Stat(filepath.Join("..", latchkey.Build.Context, latchkey.Build.Dockerfile)); err != nil {
				t.Error(err)
			}
			for name, s := range c.Services {
				c.complete(t, name, s)
			}
			if replicas > 0 {
				c.proxied(t)
			}
		})
	}
}

// complete sees that all that a service refers to is there.
func (c compose) complete(t *testing.T, name string, s service) {
	t.Helper()
	if name != "latchkey" && !regexp.MustCompile(`^[a-z]+:[0-9]+(\.[0-9]+)?$`).MatchString(s.Image) {
		t.Errorf("%s: image %q has no version", name, s.Image)
	}
	for on, how := range s.DependsOn {
		other, ok := c.Services[on]
		if !ok || how.Condition == "service_healthy" && other.Healthcheck == nil && on != "latchkey" { // whose image has its own
			t.Errorf("%s waits for %s, which is not there or says nothing of its health", name, on)
		}
	}
	for _, v := range s.Volumes {
		source, _, _ := strings.Cut(v, ":")
		if _, ok := c.Volumes[source]; !ok {
			t.Errorf("%s: volume %s is not there", name, source)
		}
	}
	for _, v := range s.Secrets {
		if c.Secrets[v].Environment != "LATCHKEY_SECRET" || s.Environment["LATCHKEY_SECRET_FILE"] != "/run/secrets/"+v {
			t.Errorf("%s: secret %s is not the master key", name, v)
		}
	}
	for _, v := range s.Configs {
		if c.Configs[v.Source].Content == "" {
			t.Errorf("%s: config %s is not there", name, v.Source)
		}
	}
	for _, port := range s.Ports {
		if !strings.HasPrefix(port, "127.0.0.1:") {
			t.Errorf("%s: port %s is open to everybody, around the machine's firewall", name, port)
		}
	}
}

// proxied sees that the proxy's settings fit those of the service, and that the
// addresses it has are trusted.
func (c compose) proxied(t *testing.T) {
	t.Helper()
	proxy := c.Configs["proxy"].Content
	for _, want := range []string{"server-template latchkey 3 latchkey:3502", "option httpchk GET /readyz", "option forwardfor"} {
		if !strings.Contains(proxy, want) {
			t.Errorf("the proxy's settings lack %q", want)
		}
	}
	networks := c.Networks["default"].(map[string]any)["ipam"].(map[string]any)["config"].([]any)
	subnet := networks[0].(map[string]any)["subnet"].(string)
	if !strings.Contains(c.Services["latchkey"].Environment["TRUSTED_PROXIES"], subnet) {
		t.Errorf("the proxy is in %s, which is not trusted", subnet)
	}
	if redis := strings.Join(c.Services["redis"].Command, " "); !strings.Contains(redis, "--maxmemory-policy noeviction") {
		t.Errorf("Redis may throw away counters: %s", redis)
	}
}
