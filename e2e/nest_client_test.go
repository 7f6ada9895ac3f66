package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// nestVersions are the clients that existing deployments have: the one that the
// seed is locked to, the last of its major version, and the next one.
var nestVersions = []string{"11.1.8", "11.2.6", "12.1.1"}

// A nestClient is a real client of a NestJS gateway, in a Node process.
type nestClient struct {
	stdin io.WriteCloser

	mu      sync.Mutex
	n       int
	waiting map[int]chan nestAnswer
	over    error
}

// A nestAnswer is what a gateway's code gets: a response, or an error that
// travelled, or one of the client's own.
type nestAnswer struct {
	N        int             `json:"n"`
	Response json.RawMessage `json:"response"`
	Err      json.RawMessage `json:"err"`
	Thrown   string          `json:"thrown"`
}

func (a nestAnswer) String() string {
	return fmt.Sprintf("response %s, err %s, thrown %q", a.Response, a.Err, a.Thrown)
}

// envelope reads the answer of an auth.* command.
func (a nestAnswer) envelope(t *testing.T) answer {
	t.Helper()
	var e answer
	if err := json.Unmarshal(a.Response, &e); err != nil {
		t.Fatalf("no envelope: %v", a)
	}
	return e
}

// nestOptions are those of ClientProxyFactory.create.
type nestOptions struct {
	Host string         `json:"host"`
	Port int            `json:"port"`
	TLS  map[string]any `json:"tlsOptions,omitempty"`
}

// openNest starts a client of that version; it connects when it is first used.
func openNest(t *testing.T, version string, o nestOptions) *nestClient {
	t.Helper()
	if o.Host == "" {
		o.Host = "0.0.0.0" // as the seed's gateway dials
	}
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "driver.mjs", string(options))
	cmd.Dir = installNest(t, version)
	var complaints lineBuffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &nestClient{stdin: stdin, waiting: map[int]chan nestAnswer{}}
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.read(stdout)
	}()
	t.Cleanup(func() {
		stdin.Close()
		<-read
		if err := cmd.Wait(); err != nil && !t.Failed() {
			t.Errorf("the client of %s: %v\n%s", version, err, complaints.String())
		}
		if t.Failed() {
			t.Logf("the client of %s said:\n%s", version, tail(complaints.String()))
		}
	})
	return c
}

// read hands out answers as they come.
func (c *nestClient) read(stdout io.Reader) {
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		var a nestAnswer
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		c.mu.Lock()
		if err != nil {
			c.over = err
			for _, w := range c.waiting {
				close(w)
			}
			c.waiting = nil
			c.mu.Unlock()
			return
		}
		w := c.waiting[a.N]
		delete(c.waiting, a.N)
		c.mu.Unlock()
		if w != nil {
			w <- a
		}
	}
}

// do has the client do something and returns what came of it.
func (c *nestClient) do(ask map[string]any) (nestAnswer, error) {
	w := make(chan nestAnswer, 1)
	c.mu.Lock()
	if c.over != nil {
		c.mu.Unlock()
		return nestAnswer{}, c.over
	}
	c.n++
	ask["n"] = c.n
	c.waiting[c.n] = w
	line, err := json.Marshal(ask)
	if err == nil {
		_, err = c.stdin.Write(append(line, '\n'))
	}
	c.mu.Unlock()
	if err != nil {
		return nestAnswer{}, err
	}
	select {
	case a, ok := <-w:
		if !ok {
			return a, errors.New("the client ended")
		}
		return a, nil
	case <-time.After(patience): // a command without an answer would be waited for without end
		return nestAnswer{}, fmt.Errorf("%v: the client has told nothing for %v", ask["cmd"], patience)
	}
}

// send sends a command.
func (c *nestClient) send(t *testing.T, cmd string, data any) nestAnswer {
	t.Helper()
	a, err := c.do(map[string]any{"op": "send", "cmd": cmd, "data": data})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// want sends a command that is to be answered with that code.
func (c *nestClient) want(t *testing.T, code, cmd string, data any) answer {
	t.Helper()
	got := c.send(t, cmd, data)
	if got.Response == nil {
		t.Fatalf("%s: %v, want the code %s", cmd, got, code)
	}
	a := got.envelope(t)
	if a.Meta.Code != code {
		t.Fatalf("%s: got %v, want the code %s", cmd, got, code)
	}
	hideTokens(nil, a.Data)
	return a
}

var nestInstall sync.Mutex

// installNest returns a folder with that version of the client in it. It is
// installed once on a machine, from the lock file that is committed.
func installNest(t *testing.T, version string) string {
	t.Helper()
	nestInstall.Lock()
	defer nestInstall.Unlock()
	source := filepath.Join("nestclients", version)
	files := map[string]string{
		"package.json": filepath.Join(source, "package.json"), "package-lock.json": filepath.Join(source, "package-lock.json"),
		"driver.mjs": filepath.Join("nestclients", "driver.mjs"),
	}
	sum := sha256.New()
	contents := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json", "driver.mjs"} {
		text, err := os.ReadFile(files[name])
		if err != nil {
			t.Fatal(err)
		}
		contents[name] = text
		sum.Write(text)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cache, "latchkey-test", fmt.Sprintf("nest-%s-%x", version, sum.Sum(nil)[:8]))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "nest-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for name, text := range contents {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci for @nestjs/microservices %s: %v\n%s", version, err, out)
	}
	// Another run may have been first: then its folder stays.
	if err := os.Rename(fresh, folder); err != nil {
		if _, statErr := os.Stat(folder); statErr != nil {
			t.Fatal(err)
		}
	}
	return folder
}
