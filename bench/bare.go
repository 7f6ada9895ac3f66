package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// bareCommand makes this program the bare server, in a process of its own.
const bareCommand = "bare-server"

// The paths of the bare server. Below tokenPath is a token for the verifier.
const (
	barePath   = "/bare"
	verifyPath = "/verify/"
	tokenPath  = "/token/"
)

// verifier is the handler that verifies a token each time, and does nothing
// else: what a session check costs without a cache and without sessions.
type verifier struct {
	method     jwt.SigningMethod
	sign, open any
}

func verifiers() (map[string]verifier, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	secret := []byte(rand.Text() + rand.Text())
	return map[string]verifier{
		"ES256": {jwt.SigningMethodES256, key, key.Public()},
		"HS256": {jwt.SigningMethodHS256, secret, secret},
	}, nil
}

// serveBare answers always the same.
func serveBare(in io.Reader, out io.Writer, answer string) error {
	mux, err := bareMux([]byte(answer))
	if err != nil {
		return err
	}
	return serveUntil(in, out, mux)
}

// serveUntil serves on a free port of loopback until in ends, and prints the
// address first.
func serveUntil(in io.Reader, out io.Writer, handler http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed with the server
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: patience}
	go func() {
		// That our parent went away ends us, however it went.
		_, _ = io.Copy(io.Discard, in)
		os.Exit(0)
	}()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	return server.Serve(l)
}

func bareMux(answer []byte) (*http.ServeMux, error) {
	all, err := verifiers()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, body []byte) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) //nolint:gosec // JSON to our own generator; who no longer listens needs no answer
	}
	mux.HandleFunc("GET "+barePath, func(w http.ResponseWriter, _ *http.Request) { write(w, answer) })
	for name, v := range all {
		token, err := jwt.NewWithClaims(v.method, sampleClaims()).SignedString(v.sign)
		if err != nil {
			return nil, err
		}
		mux.HandleFunc("GET "+tokenPath+name, func(w http.ResponseWriter, _ *http.Request) { write(w, []byte(token)) })
		mux.HandleFunc("GET "+verifyPath+name, func(w http.ResponseWriter, r *http.Request) {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return v.open, nil }, jwt.WithValidMethods([]string{name}))
			if err != nil {
				http.Error(w, "not a good token", http.StatusUnauthorized)
				return
			}
			write(w, answer)
		})
	}
	return mux, nil
}

// sampleClaims are about as long as those of an access token (CONTRACT.md §3).
func sampleClaims() jwt.MapClaims {
	id := "0199c0de-0000-7000-8000-000000000000"
	now := time.Now()
	return jwt.MapClaims{
		"iss": "http://localhost:3502", "aud": "http://localhost:3502", "sub": id, "tenantId": "default", "spaceId": id,
		"username": "ann.lee", "role": "user", "sid": id, "jti": id, "iat": now.Unix(), "exp": now.Add(12 * time.Hour).Unix(),
	}
}

// startBare starts the bare server.
func startBare(ctx context.Context, answer []byte) (*bareServer, error) {
	return startBareAs(ctx, bareCommand, answer)
}

// startBareAs starts this program as a server that is told one thing, such as
// what it always answers, and reads from it where it listens.
func startBareAs(ctx context.Context, command string, told []byte) (*bareServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p, err := start(ctx, func(c *exec.Cmd) { c.Stdout, c.Stderr = w, os.Stderr }, self, command, string(told))
	w.Close() // the child has its own
	if err != nil {
		return nil, err
	}
	return listening(p, out)
}

// listening reads where a server listens that says so in its first line.
func listening(p *process, out io.Reader) (*bareServer, error) {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s said no address: %w; %w", p.cmd.Path, err, p.stop())
	}
	return &bareServer{process: p, address: strings.TrimSpace(line)}, nil
}

// bareServer is the process that the ceilings are measured on.
type bareServer struct {
	*process
	address string
}

// stop ends it; a nil one was never started.
func (s *bareServer) stop() error {
	if s == nil {
		return nil
	}
	return s.process.stop()
}
