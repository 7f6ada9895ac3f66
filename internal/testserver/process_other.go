//go:build !linux

package testserver

import "os/exec"

func dieWithParent(*exec.Cmd) {}

func unprivileged(*exec.Cmd, string, string) error { return nil }
