package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// directives are those of systemd.unit(5), systemd.service(5) and systemd.exec(5)
// that the unit may use.
const directives = ` Description Documentation Wants After StartLimitIntervalSec StartLimitBurst
	Type ExecStart Environment EnvironmentFile LoadCredential StateDirectory StateDirectoryMode WorkingDirectory UMask
	Restart RestartSec RestartPreventExitStatus TimeoutStopSec LimitNOFILE DynamicUser NoNewPrivileges CapabilityBoundingSet
	AmbientCapabilities ProtectSystem ProtectHome ProtectClock ProtectControlGroups ProtectHostname ProtectKernelLogs
	ProtectKernelModules ProtectKernelTunables ProtectProc PrivateDevices PrivateTmp PrivateUsers LockPersonality
	MemoryDenyWriteExecute RemoveIPC RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID
	SystemCallArchitectures SystemCallFilter SystemCallErrorNumber WantedBy `

func TestUnit(t *testing.T) {
	text := read(t, "../latchkey.service")
	known := settings(t)
	has := map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		if !strings.Contains(strings.Join(strings.Fields(directives), " ")+" ", name+" ") {
			t.Errorf("%s is no directive that is known here", name)
		}
		has[name] = append(has[name], value)
	}
	for _, e := range has["Environment"] {
		if name, _, _ := strings.Cut(e, "="); !known[name] {
			t.Errorf("%s is no setting", name)
		}
	}
	for name, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "LoadCredential": "secret:/etc/latchkey/secret",
	} {
		if got := strings.Join(has[name], ","); got != want || len(has[name]) != 1 {
			t.Errorf("%s=%s, want %q", name, got, want)
		}
	}
	stop, err := time.ParseDuration(has["TimeoutStopSec"][0] + "s")
	if err != nil || stop < 30*time.Second {
		t.Errorf("TimeoutStopSec is %v, %v: requests under way have 20s", stop, err)
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil { // a machine without systemd has no use for the unit
		verify(t, analyze, text)
	}
}

// verify lets systemd read the unit, with a program that is there.
func verify(t *testing.T, analyze, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.service")
	text = strings.Replace(text, "ExecStart=/usr/local/bin/latchkey", "ExecStart=/bin/true", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(said), "latchkey.service") {
		t.Errorf("systemd-analyze: %v\n%s", err, said)
	}
}
