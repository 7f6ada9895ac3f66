package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// startLatchkey starts `latchkey serve` on a database and returns when it is
// ready.
func (b *bench) startLatchkey(ctx context.Context, database string) (*process, string, error) {
	p, address, err := b.launch(ctx, database)
	if err != nil {
		return nil, "", err
	}
	if err := await(ctx, p, address, "/readyz"); err != nil {
		return nil, "", fmt.Errorf("%w; %w", err, p.stop())
	}
	return p, address, nil
}

// launch starts the process and does not wait for it to answer.
func (b *bench) launch(ctx context.Context, database string) (*process, string, error) {
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	log, err := b.logFile()
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	p, err := start(ctx, func(c *exec.Cmd) {
		c.Dir, c.Env, c.Stderr = filepath.Dir(database), b.environment(database, port), log
	}, b.binary, "serve")
	return p, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
}

// logFile is where the server's log goes. Thrown away, it is still made: its
// lines are part of the cost of a request.
func (b *bench) logFile() (*os.File, error) {
	if b.log == "" {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	return os.OpenFile(b.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // who runs the bench names it
}

// environment is the server's: ours, and nothing of the shell's that could
// change what is measured. Tokens live longer than the run and than the port.
func (b *bench) environment(database string, port int) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "LATCHKEY_ENV_FILE=off",
		"LISTEN_HOST=127.0.0.1", "AUTH_SERVICE_HTTP_PORT=" + strconv.Itoa(port), "APP_BASE_URL=http://localhost",
		"DATABASE_URL=sqlite:" + database, "RATE_LIMITS=off", "LOGIN_OTP=off", "JWT_EXPIRES_IN=12h",
		"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + strconv.Itoa(b.sink.port()),
	}
	return append(env, b.set...)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// await asks until the path answers 200.
func await(ctx context.Context, p *process, address, path string) error {
	began := time.Now()
	request := get(path, "")
	for time.Since(began) < patience && ctx.Err() == nil {
		if p.gone() {
			return fmt.Errorf("latchkey ended by itself: %w (-log FILE keeps its log)", p.err)
		}
		if c, err := dial(address, began.Add(patience)); err == nil {
			a, err := c.do(request)
			c.close()
			if err == nil && a.status == http.StatusOK {
				return nil
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s did not answer 200 within %s (-log FILE keeps the server's log)", path, patience)
}

// oneCheck asks for one session and returns the answer's body: the size that
// the bare server answers with.
func (b *bench) oneCheck() ([]byte, error) {
	c, err := dial(b.address, time.Now().Add(patience))
	if err != nil {
		return nil, err
	}
	defer c.close()
	a, err := c.do(get("/auth/verify-token", b.people[0].access))
	if err == nil {
		err = a.expect(http.StatusOK, codeValid)
	}
	b.checked++
	return bytes.Clone(a.body), err
}
