package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// nestTLS lets in who has a certificate of the authority, and shows ours. The
// files are read again at a handshake after they changed: certificates are
// renewed while the door is open.
func nestTLS(s Settings, log *slog.Logger) (*tls.Config, error) {
	f := &certificates{settings: s, log: log}
	if _, err := f.current(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, SessionTicketsDisabled: true, // who comes again proves himself again
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current() },
	}, nil
}

// certificates are the files of the NestJS door, as they were last read.
type certificates struct {
	settings Settings
	log      *slog.Logger

	mu   sync.Mutex
	read [3]stamp // of the files as they are held
	held *tls.Config
	said string // why newer ones are not
}

// stamp is by what a file that was changed is told from what it was. A file that
// is put in the place of another may be older.
type stamp struct {
	changed time.Time
	size    int64
}

// current returns what the files say. Ones that cannot be read leave what was.
func (f *certificates) current() (*tls.Config, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := f.stamps()
	if err == nil && (f.held == nil || now != f.read) {
		var c *tls.Config
		if c, err = f.load(); err == nil {
			f.held, f.read = c, now
		}
	}
	if f.held == nil {
		return nil, err
	}
	f.complain(err)
	return f.held, nil
}

// complain says once why newer files are not in use: strangers can begin any
// number of handshakes.
func (f *certificates) complain(err error) {
	if err == nil {
		f.said = ""
		return
	}
	if f.said != err.Error() {
		f.said = err.Error()
		f.log.Warn("the certificate of the NestJS door was not renewed: the old one stays in use", "error", f.said)
	}
}

// path is where a file is: relative to where the settings were read.
func (f *certificates) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.settings.dir, name)
}

// stamps returns those of the files as they are now.
func (f *certificates) stamps() (all [3]stamp, err error) {
	for i, file := range []struct{ name, path string }{
		{"AUTH_SERVICE_TCP_TLS_CERT", f.settings.NestCert},
		{"AUTH_SERVICE_TCP_TLS_KEY", f.settings.NestKey},
		{"AUTH_SERVICE_TCP_TLS_CLIENT_CA", f.settings.NestClientCA},
	} {
		info, err := os.Stat(f.path(file.path))
		if err != nil {
			return all, fmt.Errorf("%s: %w", file.name, err)
		}
		all[i] = stamp{info.ModTime(), info.Size()}
	}
	return all, nil
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
		MinVersion: tls.VersionTLS12, SessionTicketsDisabled: true, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities,
	}, nil
}
