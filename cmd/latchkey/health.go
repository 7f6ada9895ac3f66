package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// healthCmd asks the server of this machine, or container, how it is. An image
// made from scratch has no other program that could.
type healthCmd struct {
	settingFlags
	Ready bool `help:"Ask whether requests can be served (/readyz), not only whether the process is up (/healthz)."`
}

// Run asks once. It fails unless the server answers well within the time.
func (c *healthCmd) Run(ctx context.Context, w *console) error {
	s, _, err := loadSettings(modeTool, c.given(), w.Environ, w.Dir)
	if err != nil {
		return err
	}
	const patience = 3 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	url := "http://" + net.JoinHostPort(reachableHost(s.ListenHost), strconv.Itoa(s.HTTPPort)) + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true} // no proxy stands between
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: %w", url, err)
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	_, err = fmt.Fprintln(w.Out, "ok")
	return err
}

// reachableHost is where somebody on this machine reaches who listens there: an
// address that means all of them is reached by loopback.
func reachableHost(listens string) string {
	ip, err := netip.ParseAddr(listens)
	switch {
	case err != nil || !ip.IsUnspecified():
		return listens
	case ip.Is4():
		return "127.0.0.1"
	}
	return "::1"
}
