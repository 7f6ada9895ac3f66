package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A browser is a headless Chromium that is spoken to over a pipe in the
// DevTools protocol: JSON messages, each ended by a zero byte.
type browser struct {
	cmd    *exec.Cmd
	errs   lineBuffer
	out    io.WriteCloser
	gone   chan struct{}
	mu     sync.Mutex
	last   int
	asked  map[int]chan reply
	events map[string][]event // by session
}

// A reply is what comes back for a command.
type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// An event is what a tab tells unasked.
type event struct {
	Method string
	Params json.RawMessage
}

// browsers are the places for a Chromium each: two dozen at once took all that two
// cores have for minutes, and servers of other tests gave up waiting for theirs.
var browsers = make(chan struct{}, max(2, runtime.NumCPU()))

// browse starts a Chromium that ends with the test, once there is a place for it.
// A test asks for one.
func browse(t *testing.T) *browser {
	t.Helper()
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
	b := &browser{asked: map[int]chan reply{}, events: map[string][]event{}, gone: make(chan struct{})}
	b.cmd = exec.Command(findChromium(t),
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
	theirIn, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b.out = out
	b.cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4
	b.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	b.cmd.Stderr = &b.errs
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.cmd.Start()
	if err := errors.Join(err, theirIn.Close(), theirOut.Close()); err != nil {
		t.Fatal(err)
	}
	go b.listen(in)
	t.Cleanup(func() { b.close(t) })
	return b
}

// findChromium finds the browser that make setup installs.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("Chromium is missing: run make setup")
	return ""
}

// close ends the browser and all of its processes, which are a group.
func (b *browser) close(t *testing.T) {
	if _, err := b.ask("", "Browser.close", nil); err != nil {
		t.Logf("Browser.close: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		<-b.gone
		b.cmd.Wait() //nolint:errcheck // how a browser ends is not what is tested
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(patience):
	}
	syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // usually nobody is left
	<-ended
	b.out.Close()
	if t.Failed() {
		t.Logf("Chromium ended with %v", b.cmd.ProcessState)
	}
}

// listen sorts what comes from the browser.
func (b *browser) listen(in io.ReadCloser) {
	defer close(b.gone)
	defer in.Close()
	for messages := bufio.NewReader(in); ; {
		text, err := messages.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID        int
			SessionID string
			event
			reply
		}
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) != nil {
			return
		}
		b.mu.Lock()
		if answer, ok := b.asked[m.ID]; ok {
			answer <- m.reply
			delete(b.asked, m.ID)
		} else {
			b.events[m.SessionID] = append(b.events[m.SessionID], m.event)
		}
		b.mu.Unlock()
	}
}

// ask sends a command to a tab, or to the browser for "", and waits for the reply.
func (b *browser) ask(session, method string, params any) (json.RawMessage, error) {
	answer := make(chan reply, 1)
	b.mu.Lock()
	b.last++
	b.asked[b.last] = answer
	text, err := json.Marshal(struct {
		ID        int    `json:"id"`
		Method    string `json:"method"`
		Params    any    `json:"params,omitempty"`
		SessionID string `json:"sessionId,omitempty"`
	}{b.last, method, params, session})
	if err == nil {
		_, err = b.out.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		if r.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, r.Error.Message)
		}
		return r.Result, nil
	case <-b.gone:
		return nil, fmt.Errorf("%s: the browser has gone", method)
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: no reply", method)
	}
}
