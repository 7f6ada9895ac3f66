package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A proxy is a program that asks Latchkey about requests before it passes them on.
type proxy struct {
	name, config string
	program      []string // where it may be
	start        func(t *testing.T, program, dir, config string) *exec.Cmd
}

// proxies run the configurations that readers are given.
var proxies = []proxy{
	{"nginx", "../examples/nginx/nginx.conf", []string{"/usr/sbin/nginx", "nginx"}, nginx},
	{"caddy", "../examples/caddy/Caddyfile", []string{"caddy"}, caddy},
}

// nginx runs with nothing of the machine's: its files are in dir.
func nginx(t *testing.T, program, dir, config string) *exec.Cmd {
	t.Helper()
	own := "http {\n\taccess_log off;\n"
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		own += fmt.Sprintf("\t%s_temp_path %s;\n", what, filepath.Join(dir, what))
	}
	name := written(t, dir, "nginx.conf", once(t, config, "http {\n", own))
	main := "daemon off; worker_processes 1; pid " + filepath.Join(dir, "pid") + ";"
	if os.Geteuid() == 0 {
		main += " user root;"
	}
	return exec.Command(program, "-p", dir, "-c", name, "-e", "stderr", "-g", main)
}

// caddy runs without its administration port, which is one for the machine.
func caddy(t *testing.T, program, dir, config string) *exec.Cmd {
	t.Helper()
	name := written(t, dir, "Caddyfile", "{\n\tadmin off\n}\n"+config)
	return exec.Command(program, "run", "--config", name, "--adapter", "caddyfile")
}

func written(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// once replaces what must be there.
func once(t *testing.T, text, what, by string) string {
	t.Helper()
	if !strings.Contains(text, what) {
		t.Fatalf("the configuration says %q no more", what)
	}
	return strings.Replace(text, what, by, 1)
}

// run starts the proxy on a port of its own in front of Latchkey and a service.
func (p proxy) run(t *testing.T, port, latchkey, service int) {
	t.Helper()
	config := string(read(t, p.config))
	for page, here := range map[string]int{":8080": port, "127.0.0.1:3502": latchkey, "127.0.0.1:9000": service} {
		if p.name == "nginx" {
			page = strings.Replace(page, ":8080", "listen 8080", 1)
		}
		where, _ := cutLast(page, "0123456789")
		if !strings.Contains(config, page) {
			t.Fatalf("%s has no %s any more", p.config, page)
		}
		config = strings.ReplaceAll(config, page, where+strconv.Itoa(here))
	}
	program := ""
	for _, name := range p.program {
		if found, err := exec.LookPath(name); err == nil {
			program = found
		}
	}
	if program == "" {
		t.Fatalf("%s is not installed: run make setup", p.name)
	}
	dir := t.TempDir()
	cmd, said := p.start(t, program, dir, config), new(lineBuffer)
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: after SIGTERM: %v", p.name, err)
			}
		case <-time.After(patience):
			t.Errorf("%s did not end: %v", p.name, cmd.Process.Kill())
		}
		if t.Failed() {
			t.Logf("%s says:\n%s", p.name, tail(said.String()))
		}
	})
	eventually(t, p.name+" listens", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", p.name, err, said)
		default:
		}
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
}

// cutLast cuts what consists of these letters off the end.
func cutLast(text, letters string) (before, end string) {
	before = strings.TrimRight(text, letters)
	return before, text[len(before):]
}

// received is what a service was sent, which it answers with.
type received struct {
	Method, Path, Body string
	Header             http.Header
}

// openService starts a service that believes its proxy.
func openService(t *testing.T) (port int) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.NewEncoder(w).Encode(received{r.Method, r.URL.EscapedPath(), string(body), r.Header})
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	_, end := cutLast(s.URL, "0123456789")
	port, err := strconv.Atoi(end)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
