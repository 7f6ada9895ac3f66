package attacks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestA30NestReach: the NestJS door is closed unless it is opened, opens on
// loopback alone unless it is told otherwise, and beyond loopback only where both
// ends prove themselves: else the server does not start.
func TestA30NestReach(t *testing.T) {
	t.Parallel()
	v := judge(t)
	files := newAuthority(t, "gateways")
	shown := files.files(t.TempDir(), files.issue(doorCertificate()))
	for name, e := range map[string]env{
		"a second port, a host, files and tenants": shown.with(env{"TENANT_SERVICE_TCP_PORT": fmt.Sprint(freePort(t)), "AUTH_SERVICE_TCP_HOST": "127.0.0.1", "AUTH_SERVICE_TCP_TENANTS": "write"}),
		"an empty port": {"AUTH_SERVICE_TCP_PORT": "", "TENANT_SERVICE_TCP_PORT": fmt.Sprint(freePort(t))},
	} {
		s := start(t, open().with(e))
		if got, want := s.listening(t), []string{fmt.Sprintf("127.0.0.1:%d", s.port)}; !slices.Equal(got, want) {
			v.breach(name, "it listens on %v, want %v", got, want)
		}
		s.stop()
	}
	n := startNest(t, open())
	if got := n.listening(t); !slices.Equal(got, sorted(fmt.Sprintf("127.0.0.1:%d", n.port), fmt.Sprintf("127.0.0.1:%d", n.door))) {
		v.breach("a port alone", "it listens on %v", got)
	}
	_, mail := openOffice(t)
	hosts := []string{"0.0.0.0", "::", "::ffff:0.0.0.0", "::%lo", "169.254.0.1", "fe80::1%lo", "0", "127.1", "localhost.evil.test", "*", "[::]", " 0.0.0.0", own(t)}
	eachOf(4, hosts, func(host string) {
		e := open().with(mail).with(env{"LISTEN_HOST": "127.0.0.1", "AUTH_SERVICE_TCP_HOST": host})
		if said := starts(t, e); !strings.Contains(said, "AUTH_SERVICE_TCP_") {
			v.breach(fmt.Sprintf("AUTH_SERVICE_TCP_HOST %q", host), "%s", said)
		}
	})
	for _, missing := range slices.Sorted(maps.Keys(shown)) {
		e := open().with(mail).with(shown).with(env{"LISTEN_HOST": "127.0.0.1", "AUTH_SERVICE_TCP_HOST": "0.0.0.0"})
		delete(e, missing)
		if said := starts(t, e); !strings.Contains(said, "AUTH_SERVICE_TCP_") {
			v.breach("without "+missing, "%s", said)
		}
	}
	for name, e := range map[string]env{
		"no such file": {"AUTH_SERVICE_TCP_TLS_CLIENT_CA": "nowhere.pem"}, "an authority that is none": {"AUTH_SERVICE_TCP_TLS_CLIENT_CA": shown["AUTH_SERVICE_TCP_TLS_KEY"]},
		"a key of another certificate": {"AUTH_SERVICE_TCP_TLS_KEY": files.files(t.TempDir(), files.issue(doorCertificate()))["AUTH_SERVICE_TCP_TLS_KEY"]},
	} {
		if said := starts(t, open().with(mail).with(shown).with(env{"LISTEN_HOST": "127.0.0.1"}).with(e)); !strings.Contains(said, "AUTH_SERVICE_TCP_TLS_") {
			v.breach(name, "%s", said)
		}
	}
}

// own is an address of this machine that others may reach, or one of nobody's.
func own(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "198.51.100.1"
}

func sorted(all ...string) []string {
	slices.Sort(all)
	return all
}

// starts starts latchkey serve with an open door and says what it printed when it
// did not, or that it did.
func starts(t *testing.T, e env) string {
	t.Helper()
	door, port := freePort(t), freePort(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd, said := exec.CommandContext(ctx, binary, "serve"), new(lineBuffer)
	cmd.Dir, cmd.Stderr = t.TempDir(), said
	cmd.Env = e.with(env{"AUTH_SERVICE_HTTP_PORT": fmt.Sprint(port), "AUTH_SERVICE_TCP_PORT": fmt.Sprint(door)}).list()
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return ""
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 && exit.ExitCode() != 1 {
				return fmt.Sprintf("it ended with %v: %s", err, tail(said.String()))
			}
			return said.String()
		case <-time.After(20 * time.Millisecond):
		}
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		conn.Close()
		cancel()
		<-ended //nolint:errcheck // as it was told to
		return "it starts"
	}
}

// listening are the addresses at which the server takes connections.
func (s *server) listening(t *testing.T) (all []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	open, err := filepath.Glob(dir + "/fd/*")
	if err != nil || len(open) == 0 {
		t.Fatalf("%d descriptors, %v", len(open), err)
	}
	sockets := map[string]bool{}
	for _, name := range open {
		to, err := os.Readlink(name)
		if inode, found := strings.CutPrefix(to, "socket:["); found && err == nil {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(dir + "/net/" + table)
		if err != nil && table == "tcp" {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && sockets[f[9]] {
				all = append(all, address(t, f[1]))
			}
		}
	}
	return sorted(all...)
}

// address reads one as /proc/net writes it: 0100007F:1F90.
func address(t *testing.T, text string) string {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	if host == "0100007F" {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("%s:%d", host, n)
}
