package testserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

var redis = server{start: func() (string, error) {
	if given := os.Getenv("REDIS_TEST_URL"); given != "" {
		return given, nil
	}
	return startRedis()
}}

// Redis returns the URL of the server, which all tests of a program share: take
// a prefix of your own for its keys.
func Redis(t testing.TB) string {
	t.Helper()
	return redis.address(t)
}

func startRedis() (string, error) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		return "", fmt.Errorf("the tests need a Redis server: make setup installs it (Debian package redis-server), or REDIS_TEST_URL names one: %w", err)
	}
	folder, err := os.MkdirTemp("", "latchkey-redis-")
	if err != nil {
		return "", err
	}
	atEnd(func() { os.RemoveAll(folder) })
	port, err := freePort()
	if err != nil {
		return "", err
	}
	address := "127.0.0.1:" + port
	serve := exec.Command(bin, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no") //nolint:noctx,gosec // ended by atEnd
	return "redis://" + address, launch(serve, syscall.SIGTERM, func() error {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}
