package attacks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A chromium is a headless browser with one tab, spoken to over a pipe in the
// DevTools protocol: JSON messages, each ended by a zero byte.
type chromium struct {
	cmd     *exec.Cmd
	out     io.WriteCloser
	gone    chan struct{}
	session string
	mu      sync.Mutex
	last    int
	asked   map[int]chan json.RawMessage
	told    map[string][]json.RawMessage // by method
}

// browse starts one that ends with the test.
func browse(t *testing.T) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is missing: run make setup")
	}
	b := &chromium{asked: map[int]chan json.RawMessage{}, told: map[string][]json.RawMessage{}, gone: make(chan struct{})}
	b.cmd = exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
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
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.cmd.Start()
	if err := errors.Join(err, theirIn.Close(), theirOut.Close()); err != nil {
		t.Fatal(err)
	}
	go b.listen(in)
	t.Cleanup(b.close)
	var target struct{ TargetID string }
	b.ask(t, "Target.createTarget", fields{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.ask(t, "Target.attachToTarget", fields{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network"} {
		b.ask(t, domain+".enable", nil, nil)
	}
	return b
}

// close ends the browser and all of its processes, which are a group of ours.
func (b *chromium) close() {
	b.out.Close()
	select {
	case <-b.gone:
	case <-time.After(5 * time.Second):
	}
	syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // usually nobody is left
	b.cmd.Wait()                                      //nolint:errcheck // how a browser ends is not what is tested
}

func (b *chromium) listen(in io.ReadCloser) {
	defer close(b.gone)
	defer in.Close()
	for messages := bufio.NewReader(in); ; {
		raw, err := messages.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID             int
			Method         string
			Params, Result json.RawMessage
		}
		if json.Unmarshal(bytes.TrimSuffix(raw, []byte{0}), &m) != nil {
			return
		}
		b.mu.Lock()
		if answer, ok := b.asked[m.ID]; ok {
			answer <- m.Result
			delete(b.asked, m.ID)
		} else {
			b.told[m.Method] = append(b.told[m.Method], m.Params)
		}
		b.mu.Unlock()
	}
}

// ask sends a command and reads its result.
func (b *chromium) ask(t *testing.T, method string, params, result any) {
	t.Helper()
	answer := make(chan json.RawMessage, 1)
	b.mu.Lock()
	b.last++
	b.asked[b.last] = answer
	message, err := json.Marshal(struct {
		ID        int    `json:"id"`
		Method    string `json:"method"`
		Params    any    `json:"params,omitempty"`
		SessionID string `json:"sessionId,omitempty"`
	}{b.last, method, params, b.session})
	if err == nil {
		_, err = b.out.Write(append(message, 0))
	}
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case raw := <-answer:
		if result == nil {
			return
		}
		if err := json.Unmarshal(raw, result); err != nil {
			t.Fatalf("%s: %v: %s", method, err, raw)
		}
	case <-b.gone:
		t.Fatalf("%s: the browser has gone", method)
	case <-time.After(patience):
		t.Fatalf("%s: no reply", method)
	}
}

// events returns what the tab told by that name so far.
func (b *chromium) events(method string) []json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[method]
}

// loaded waits until so many pages have been loaded.
func (b *chromium) loaded(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d pages have been loaded", n), func() bool { return len(b.events("Page.loadEventFired")) >= n })
}

// run runs a script and returns the string that it comes to.
func (b *chromium) run(t *testing.T, script string) string {
	t.Helper()
	var got struct{ Result struct{ Value any } }
	b.ask(t, "Runtime.evaluate", fields{"expression": script, "returnByValue": true}, &got)
	return fmt.Sprint(got.Result.Value)
}

// prefetchedInBrowser: a real browser opens the link, reloads, and presses the
// button; what it sends meanwhile goes to us only, without the token in an
// address but the first, and without a Referer.
func prefetchedInBrowser(t *testing.T, s *server) {
	v, c := judge(t), s.client()
	p, _ := c.join(t)
	token := s.linkTo(t, p, resetPage)
	b := browse(t)
	b.ask(t, "Page.navigate", fields{"url": s.base + resetPage + "?" + url.Values{"token": {token}}.Encode()}, nil)
	b.loaded(t, 1)
	b.ask(t, "Page.reload", nil, nil)
	b.loaded(t, 2)
	if a := c.must(t, p.logIn()); a.status != http.StatusOK {
		v.breach("opened in Chromium", "the old password is gone before the button: %v", a)
	}
	p.Password = newPerson().Password
	b.run(t, fmt.Sprintf(`document.querySelector('input[name=password]').value = %q; document.querySelector('form button').click()`, p.Password))
	b.loaded(t, 3)
	if a := c.must(t, p.logIn()); a.status != http.StatusOK {
		v.breach("the button in Chromium", "the new password is not taken: %v; the page says %.300s", a, b.run(t, "document.body.innerText"))
	}
	for script, what := range map[string]string{"document.referrer": "referrer", "location.href": "address", "document.documentElement.outerHTML": "page"} {
		if strings.Contains(b.run(t, script), token) {
			v.breach("after the button in Chromium", "the %s holds the token", what)
		}
	}
	documents := 0
	for _, raw := range b.events("Network.requestWillBeSent") {
		var sent struct {
			Type    string
			Request struct {
				URL     string
				Headers map[string]string
			}
		}
		if err := json.Unmarshal(raw, &sent); err != nil {
			t.Fatal(err)
		}
		documents += map[bool]int{true: 1}[sent.Type == "Document"]
		to := strings.ReplaceAll(sent.Request.URL, token, "TOKEN")
		if !strings.HasPrefix(to, s.base+"/") && !strings.HasPrefix(to, "data:") {
			v.breach("Chromium", "it asks somebody else: %s", to)
		}
		if sent.Type != "Document" && to != sent.Request.URL {
			v.breach("Chromium", "the token goes out with %s", to)
		}
		if from := sent.Request.Headers["Referer"]; from != "" {
			v.breach("Chromium", "a Referer is sent to %s", to)
		}
	}
	if documents != 3 {
		t.Errorf("Chromium loaded %d documents, want 3", documents)
	}
}
