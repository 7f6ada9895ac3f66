package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// nestTLS lets in who has a certificate of the authority, and shows ours. The
// files are read again at a handshake after they changed: certificates are
// renewed while the door is open.
func nestTLS(s Settings) (*tls.Config, error) {
	f := &certificates{settings: s}
	if _, err := f.current(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current() },
	}, nil
}

// certificates are the files of the NestJS door, as they were last read.
type certificates struct {
	settings Settings

	mu   sync.Mutex
	read time.Time // when the newest of them was changed
	held *tls.Config
}

// current returns what the files say. Ones that cannot be read leave what was.
func (f *certificates) current() (*tls.Config, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed, err := f.changed()
	if err == nil && (f.held == nil || !changed.Equal(f.read)) {
		var c *tls.Config
		if c, err = f.load(); err == nil {
			f.held, f.read = c, changed
		}
	}
	if f.held == nil {
		return nil, err
	}
	return f.held, nil
}

// path is where a file is: relative to where the settings were read.
func (f *certificates) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.settings.dir, name)
}

// changed returns when the newest file was changed.
func (f *certificates) changed() (newest time.Time, err error) {
	for _, file := range []struct{ name, path string }{
		{"AUTH_SERVICE_TCP_TLS_CERT", f.settings.NestCert},
		{"AUTH_SERVICE_TCP_TLS_KEY", f.settings.NestKey},
		{"AUTH_SERVICE_TCP_TLS_CLIENT_CA", f.settings.NestClientCA},
	} {
		info, err := os.Stat(f.path(file.path))
		if err != nil {
			return newest, fmt.Errorf("%s: %w", file.name, err)
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

func (f *certificates) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(f.path(f.settings.NestCert), f.path(f.settings.NestKey))
	if err != nil {
		return nil, fmt.Errorf("AUTH_SERVICE_TCP_TLS_CERT and AUTH_SERVICE_TCP_TLS_KEY: %w", err)
	}
	text, err := os.ReadFile(f.path(f.settings.NestClientCA))
	if err != nil {
		return nil, fmt.Errorf("AUTH_SERVICE_TCP_TLS_CLIENT_CA: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, errors.New("AUTH_SERVICE_TCP_TLS_CLIENT_CA: there is no certificate in the file; it must be PEM")
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities,
	}, nil
}
