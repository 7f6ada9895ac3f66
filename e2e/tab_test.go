package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// A tab is a page in the browser.
type tab struct {
	browser *browser
	session string
}

// want asks the tab for something that must work.
func (b *browser) want(t *testing.T, session, method string, params, result any) {
	t.Helper()
	raw, err := b.ask(session, method, params)
	if err == nil && result != nil {
		err = json.Unmarshal(raw, result)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// open opens a page in a new tab and waits until it has loaded. All tabs of a
// browser share their cookies.
func (b *browser) open(t *testing.T, url string) *tab {
	t.Helper()
	return b.openIn(t, "", url)
}

// openIn is open in a profile; "" is the one that tabs have by themselves.
func (b *browser) openIn(t *testing.T, profile, url string) *tab {
	t.Helper()
	where := map[string]any{"url": "about:blank"}
	if profile != "" {
		where["browserContextId"] = profile
	}
	var target struct{ TargetID string }
	b.want(t, "", "Target.createTarget", where, &target)
	var attached struct{ SessionID string }
	b.want(t, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &tab{b, attached.SessionID}
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.want(t, p.session, domain+".enable", nil, nil)
	}
	var went struct{ ErrorText string }
	b.want(t, p.session, "Page.navigate", map[string]any{"url": url}, &went)
	if went.ErrorText != "" {
		t.Fatalf("%s: %s", url, went.ErrorText)
	}
	eventually(t, url+" has loaded", func() bool { return len(p.told("Page.loadEventFired")) > 0 })
	return p
}

// told returns the events of a kind that the tab has told so far.
func (p *tab) told(method string) (params []json.RawMessage) {
	p.browser.mu.Lock()
	defer p.browser.mu.Unlock()
	for _, e := range p.browser.events[p.session] {
		if e.Method == method {
			params = append(params, e.Params)
		}
	}
	return params
}

// run runs a script in the page, waits for its promise and reads the result.
func (p *tab) run(t *testing.T, script string, result any) {
	t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	p.browser.want(t, p.session, "Runtime.evaluate",
		map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		t.Fatalf("the script failed: %s", got.ExceptionDetails)
	}
	if err := json.Unmarshal(got.Result.Value, result); err != nil {
		t.Fatalf("%v: %s", err, got.Result.Value)
	}
}

// trouble returns what the console has to complain about, and the requests that
// left the origin.
func (p *tab) trouble(t *testing.T, origin string) (all []string) {
	t.Helper()
	for _, kind := range []string{"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"} {
		for _, params := range p.told(kind) {
			if strings.Contains(string(params), `"source":"recommendation"`) { // what Chromium would do, not what is wrong
				continue
			}
			all = append(all, kind+" "+string(params))
		}
	}
	for _, params := range p.told("Network.requestWillBeSent") {
		var sent struct{ Request struct{ URL string } }
		if err := json.Unmarshal(params, &sent); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(sent.Request.URL, origin+"/") && !strings.HasPrefix(sent.Request.URL, "data:") {
			all = append(all, "left the origin: "+sent.Request.URL)
		}
	}
	return all
}
