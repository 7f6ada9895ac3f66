package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// The server's patience (SECURITY.md §1).
const (
	headerTime  = 5 * time.Second
	readTime    = 10 * time.Second
	writeTime   = 15 * time.Second
	idleTime    = 60 * time.Second
	headerLimit = 16 << 10
	drainTime   = 20 * time.Second
)

// serveCmd serves in production.
type serveCmd struct{ settingFlags }

// Run serves until a signal ends it.
func (c *serveCmd) Run(ctx context.Context, w *console) error {
	return serve(ctx, w, modeServe, c.given(), func(io.Writer, *app) error { return nil })
}

// devCmd serves for development.
type devCmd struct{ settingFlags }

// Run serves on loopback until a signal ends it.
func (c *devCmd) Run(ctx context.Context, w *console) error {
	return serve(ctx, w, modeDev, c.given(), greet)
}

// greet tells a developer where everything is.
func greet(w io.Writer, a *app) error {
	base := a.settings.BaseURL.String()
	_, err := fmt.Fprintf(w, `
  Latchkey is running, for development only.

    start      %[1]s/             sign up, and see where it leads
    API        %[1]s
    docs       %[1]s/docs
    mailbox    %[1]s/dev/mail     every mail lands here
    database   %[2]s

  The README's tour starts here:  curl %[1]s/auth/health
  Limits are on, as in production (five login codes an hour for an account);
  RATE_LIMITS=off lifts them.
  Stop with Ctrl-C.

`, base, a.home)
	return err
}

// serve runs the service until ctx ends, then drains it: no new connections,
// the requests under way finish, the work beside them stops, the database
// closes.
func serve(ctx context.Context, w *console, mode runMode, flags map[string]string, ready func(io.Writer, *app) error) (err error) {
	s, force, err := loadSettings(mode, flags, w.Environ, w.Dir)
	if err != nil {
		return err
	}
	log := newLog(s, w.Err)
	if len(force.Unused) > 0 {
		log.Info("names in .env that are no settings of latchkey", "names", force.Unused)
	}
	for _, warning := range doubts(mode, s) {
		log.Warn(warning)
	}
	collectSeldom()
	started := time.Now()
	// Before anything is made: a port that is taken leaves no database behind.
	var listen net.ListenConfig
	socket, err := listen.Listen(ctx, "tcp", net.JoinHostPort(s.ListenHost, strconv.Itoa(s.HTTPPort)))
	if err != nil {
		return fmt.Errorf("listen: %w (is another latchkey running? AUTH_SERVICE_HTTP_PORT chooses another port)", err)
	}
	forNest, err := listenNest(ctx, s, log)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	a, err := openApp(ctx, s, mode, log)
	if err != nil {
		closeAll(forNest)
		return errors.Join(err, socket.Close())
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var beside sync.WaitGroup
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	beside.Go(func() { a.work(working) })
	defer beside.Wait()
	defer stopWorking()

	// What starting left behind goes back to the system: two thirds of the
	// memory that an idle service would else hold.
	debug.FreeOSMemory()
	log.Info("listening", "address", socket.Addr().String(), "version", thisBuild().Version, "ms", time.Since(started).Milliseconds())
	if err := ready(w.Err, a); err != nil {
		closeAll(forNest)
		return errors.Join(err, socket.Close())
	}
	return a.answer(ctx, socket, forNest)
}

// collectSeldom is for servers, whose heap is small and whose garbage is
// plentiful: collecting a quarter as often costs a few megabytes and saves a
// quarter of a session check.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// newServer is the HTTP server around a handler, with its patience and limits.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes:               headerLimit - 4<<10, // net/http adds as much
		DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// answer serves on the sockets, of HTTP and of NestJS clients, until ctx ends
// and the last request is done.
func (a *app) answer(ctx context.Context, socket net.Listener, forNest []net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.answerNest(ctx, forNest) }()
	err := serveUntil(ctx, newServer(a.door, a.log), socket, a.log, a.door.Drain, a.settings.DrainDelay)
	cancel() // also where HTTP came to an end by itself
	return errors.Join(err, <-ended)
}

// serveUntil serves on the socket until ctx ends, then says so by drain, waits
// until load balancers have looked, and lets the requests that are under way
// finish.
func serveUntil(ctx context.Context, server *http.Server, socket net.Listener, log *slog.Logger, drain func(), delay time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(socket) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("draining")
	drain()
	// A second signal ends the process at once.
	signal.Reset(syscall.SIGTERM, syscall.SIGINT)
	select { // until load balancers have looked at /readyz
	case err := <-failed:
		return err
	case <-time.After(delay):
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return fmt.Errorf("requests were still under way after %s: %w", drainTime, err)
	}
	log.Info("stopped")
	return nil
}
