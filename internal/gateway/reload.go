package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

const lookEvery = time.Second

// mostTable bounds the file, in bytes.
const mostTable = 4 << 20

func read(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > mostTable {
		return nil, fmt.Errorf("%s is larger than 4 MiB", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.Issuer == "" {
		return nil, fmt.Errorf("%s: issuer is missing: the auth service's address as it stands in its tokens (APP_BASE_URL)", path)
	}
	if f.Auth == "" {
		f.Auth = f.Issuer
	}
	f.Auth = strings.TrimSuffix(f.Auth, "/")
	if f.Listen == "" {
		f.Listen = "127.0.0.1:8080"
	}
	return f, nil
}

// Reload has the table read again.
func (g *Gateway) Reload() {
	select {
	case g.reload <- struct{}{}:
	default: // it will be read
	}
}

// Run reads the table again when its file changes, until ctx ends. One that is
// wrong changes nothing.
func (g *Gateway) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.reload:
		case <-tick.C:
			if stamp(g.config.Path) == g.seen {
				continue
			}
		}
		g.seen = stamp(g.config.Path)
		if err := g.readAgain(); err != nil {
			g.config.Log.Error("the new table is wrong, the old one stays in force", "file", g.config.Path, "error", err.Error())
			continue
		}
		g.config.Log.Info("a new table is in force", "file", g.config.Path, "routes", len(g.now.Load().file.Routes))
	}
}

// stamp is another one when a file was written.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

func (g *Gateway) readAgain() error {
	f, err := read(g.config.Path)
	if err != nil {
		return err
	}
	if old := g.now.Load().file; !reflect.DeepEqual(old.identity(), f.identity()) {
		return errors.New("issuer, audience, auth, keys, origins, listen and assertion take effect at a start only: restart the gateway")
	}
	t, err := newTable(f, g.config.Log)
	if err != nil {
		return err
	}
	g.serve(t)
	return nil
}

// identity is what a running gateway cannot change.
func (f *File) identity() File {
	return File{
		Listen: f.Listen, Issuer: f.Issuer, Audience: f.Audience, Auth: f.Auth, SecretEnv: f.SecretEnv, KeyEnv: f.KeyEnv, KeyFile: f.KeyFile,
		PlainHTTP: f.PlainHTTP, Origins: f.Origins, MaxStale: f.MaxStale, Assertion: f.Assertion,
	}
}
