package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/latchkey/latchkey/internal/gateway"
)

// gatewayCmd serves as a guard in front of other services. It needs no database
// and reads no settings but its table.
type gatewayCmd struct {
	Config string `default:"gateway.yaml" placeholder:"FILE" help:"The table of routes; docs/protect.md describes it."`
	Listen string `placeholder:"HOST:PORT" help:"Where to listen, over what the table says."`
	Check  bool   `help:"Check the table and stop."`
}

// Run serves until a signal ends it.
func (c *gatewayCmd) Run(ctx context.Context, w *console) (err error) {
	path := c.Config
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.Dir, path)
	}
	log := slog.New(slog.NewJSONHandler(w.Err, nil))
	g, err := gateway.New(gateway.Config{Path: path, Env: variables(w.Environ), Log: log})
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	var beside sync.WaitGroup
	defer func() {
		beside.Wait()
		err = errors.Join(err, g.Close())
	}()
	if c.Check {
		_, err := fmt.Fprintf(w.Out, "%s is good.\n", c.Config)
		return err
	}
	collectSeldom()
	var listen net.ListenConfig
	socket, err := listen.Listen(ctx, "tcp", cmp.Or(c.Listen, g.Listen()))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	beside.Go(func() { g.Run(working) })
	beside.Go(func() { reloadOnSignal(working, g) })
	server := newServer(g, log)
	// What goes through has no end that is known here: a body is waited for piece
	// by piece, an answer for as long as its service makes it.
	server.ReadTimeout, server.WriteTimeout = 0, 0
	log.Info("listening", "address", socket.Addr().String(), "version", thisBuild().Version)
	return serveUntil(ctx, server, socket, log, g.Drain, 0)
}

// reloadOnSignal has the table read again on SIGHUP, until ctx ends.
func reloadOnSignal(ctx context.Context, g *gateway.Gateway) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-hangup:
			g.Reload()
		case <-ctx.Done():
			return
		}
	}
}

// variables looks variables up in an environment.
func variables(environ []string) func(string) string {
	return func(name string) string {
		for _, pair := range environ {
			if n, value, _ := strings.Cut(pair, "="); n == name {
				return value
			}
		}
		return ""
	}
}
