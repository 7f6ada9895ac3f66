package migrate

import (
	"bytes"
	"context"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A process is a latchkey that serves.
type process struct {
	cmd   *exec.Cmd
	said  said
	ended chan struct{}
	err   error // how it ended; read after ended
}

// said is what a process writes, while it may be read.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serve runs a line that goes on, in the place of the one before, and waits
// until it is ready.
func (r *reader) serve(what, line string) {
	r.t.Helper()
	r.stop(what)
	p := &process{cmd: exec.Command("bash", "-c", "exec env "+line), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = r.folder, r.environ(), &p.said
	must(r.t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	r.serving[what] = p
	r.all.Cleanup(func() {
		r.stop(what)
		if r.all.Failed() {
			r.all.Logf("latchkey %s says:\n%s", what, tail(p.said.String()))
		}
	})
	port := r.ports[map[string]string{"serve": "3502", "gateway": "3501"}[what]]
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	eventually(r.t, "latchkey "+what+" is ready", func() bool {
		select {
		case <-p.ended:
			r.t.Fatalf("it ended: %v\n%s", p.err, p.said.String())
		default:
		}
		a, err := client.Get("http://127.0.0.1:" + port + "/readyz")
		return err == nil && a.Body.Close() == nil && a.StatusCode == http.StatusOK
	})
}

// stop ends what serves as an operator does, and checks that it ends well.
func (r *reader) stop(what string) {
	r.t.Helper()
	p := r.serving[what]
	if p == nil {
		return
	}
	delete(r.serving, what)
	must(r.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(patience):
		must(r.t, p.cmd.Process.Kill())
		<-p.ended
	}
	if p.err != nil {
		r.t.Errorf("latchkey %s, after SIGTERM: %v\n%s", what, p.err, p.said.String())
	}
}

// latchkey runs a command of the reader's folder, which must end well.
func (r *reader) latchkey(args ...string) string {
	r.t.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.t.Fatalf("latchkey %v: %v\n%s", args, err, out)
	}
	return out
}

func (r *reader) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir, cmd.Env = r.folder, r.environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func tail(text string) string {
	const most = 3000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}
