package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/device"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/feed"
	"github.com/latchkey/latchkey/internal/httpd"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/mail"
	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/password"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/site"
	"github.com/latchkey/latchkey/internal/store/redis"
	"github.com/latchkey/latchkey/internal/ui"
)

// app is everything that runs in one process, wired.
type app struct {
	settings Settings
	log      *slog.Logger
	vault    *auth.Vault
	home     home            // of the databases
	control  database        // the deployment's own
	store    *directory.Pool // it, and those of tenants, as one
	redis    *redis.Store    // nil: there is none
	bus      live.Bus        // nil: there is one instance, or Changed tells
	keeper   limit.Keeper    // nil: limits are counted by each instance
	tickets  auth.Tickets
	keys     *auth.KeyRing
	service  *auth.Service
	live     *live.Cache
	feed     *feed.Hub
	mail     *mail.Worker
	mailbox  *mail.Mailbox // in dev only
	gate     quota.Gate    // of all doors
	registry *prometheus.Registry
	door     *httpd.Server
	nest     *nest.Server
}

// newLog makes the logger that the settings ask for.
func newLog(s Settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	var h slog.Handler = slog.NewJSONHandler(w, options)
	if s.LogFormat == "text" {
		h = slog.NewTextHandler(w, options)
	}
	return slog.New(httpd.LogHandler(h))
}

// openApp opens the database and wires everything on it. Close it.
func openApp(ctx context.Context, s Settings, mode runMode, log *slog.Logger) (a *app, err error) {
	a = &app{settings: s, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.openStore(ctx, false); err != nil {
		return a, err
	}
	if err := a.openShared(ctx); err != nil {
		return a, err
	}
	a.live = live.New(a.liveConfig(true))
	a.feed = feed.New(feed.Config{Source: a.control, Log: log, Life: s.AccessLife})
	a.live.OnDrop(a.feed.Wake)
	if err := a.openKeys(); err != nil {
		return a, err
	}
	if err := a.wireService(); err != nil {
		return a, err
	}
	if err := a.openMail(mode); err != nil {
		return a, err
	}
	if err := a.service.Bootstrap(ctx); err != nil {
		return a, fmt.Errorf("first start: %w", err)
	}
	if err := a.service.SettingsInForce(ctx, s.Values); err != nil {
		return a, fmt.Errorf("write down the settings: %w", err)
	}
	a.openGate()
	if err := a.openDoor(); err != nil {
		return a, err
	}
	a.openNest()
	return a, nil
}

// openStore opens the database with its master key, and in front of it the pool
// of those of tenants. The key comes first: a database never exists without
// one. beside says that a server may be running, which is to be told of what is
// written.
func (a *app) openStore(ctx context.Context, beside bool) error {
	key, err := keyOf(a.settings)
	if err != nil {
		return err
	}
	if a.vault, err = auth.NewVault(key); err != nil {
		return err
	}
	a.home = a.settings.home()
	if a.control, err = a.home.open(ctx, a.vault, false); err != nil {
		return fmt.Errorf("open database %s: %w", a.home, err)
	}
	// Before anything is written: what another key chained and sealed would be
	// worth nothing.
	if err := checkMasterKey(ctx, a.control, a.vault, a.settings); err != nil {
		return err
	}
	a.store = directory.New(directory.Config{
		Control: a.control, Open: a.home.opener(a.vault), Sweep: sweepAll, Log: a.log, Tell: beside, Most: a.home.most(),
	})
	return nil
}

func (a *app) openKeys() (err error) {
	s := a.settings
	c := auth.KeyConfig{Algorithm: jwt.Algorithm(s.JWTAlgorithm), Life: s.AccessLife, Rotation: s.KeyRotation}
	if s.JWTSecret != "" {
		c.Secret = []byte(s.JWTSecret.Reveal())
	}
	a.keys, err = auth.NewKeyRing(a.store, a.vault, c, time.Now)
	return err
}

// refusalFloor hides what a hash under other settings costs: twelve rounds of
// bcrypt are over in it on an idle machine.
const refusalFloor = 300 * time.Millisecond

func (a *app) wireService() error {
	s := a.settings
	hasher, err := password.New(password.Config{BcryptCost: s.BcryptCost})
	if err != nil {
		return err
	}
	issuer := s.BaseURL.String()
	verifier, err := jwt.New(jwt.Config{Issuer: issuer, Audience: s.JWTAudience, Keys: a.keys})
	if err != nil {
		return err
	}
	a.service = &auth.Service{
		Registry: a.store, Records: a.store, Sessions: a.store, Tickets: a.tickets, Live: a.live,
		Passwords: hasher, Keys: a.keys, Verifier: verifier, Vault: a.vault, Log: a.log, Now: time.Now,
		AppName: s.AppName, Issuer: issuer, Audience: s.JWTAudience, DefaultTenant: s.DefaultTenant,
		Directories: directories{home: a.home, Pool: a.store}, Apart: s.TenantIsolation == isolationDatabase,
		BaseURL: issuer, Policy: s.Policy(), Lifetimes: s.Lifetimes(), RefusalFloor: refusalFloor, Unlimited: !s.RateLimits,
		Machine: a.machine(time.Now()),
	}
	if s.Places != nil {
		a.service.Place = s.Places.Of
	}
	return nil
}

// openMail wires the way out for mail: the mailbox in dev, SMTP else.
func (a *app) openMail(mode runMode) error {
	s := a.settings
	templates := s.MailTemplates
	if templates != "" && !filepath.IsAbs(templates) {
		templates = filepath.Join(s.dir, templates)
	}
	renderer, err := mail.NewRenderer(mail.Config{AppName: s.AppName, From: s.EmailFrom.String(), Templates: templates})
	if err != nil {
		return err
	}
	var transport mail.Transport
	if mode == modeDev {
		a.mailbox = &mail.Mailbox{Keep: 2000}
		transport = a.mailbox
	} else {
		smtp := smtpOf(s)
		if err := smtp.Check(); err != nil {
			return err
		}
		transport = smtp
	}
	a.mail = mail.NewWorker(mail.Post{
		Outbox: a.store, Resolve: a.service.Message, Renderer: renderer, Transport: transport, Log: a.log, Now: time.Now,
	})
	a.service.Mailer = a.mail
	return nil
}

func smtpOf(s Settings) mail.SMTP {
	tls := mail.TLSOffered
	switch {
	case s.SMTPSecure:
		tls = mail.TLSImplicit
	case s.SMTPRequireTLS:
		tls = mail.TLSRequired
	}
	return mail.SMTP{Host: s.SMTPHost, Port: s.SMTPPort, User: s.SMTPUser, Pass: s.SMTPPass, TLS: tls}
}

// openGate makes the limits that all doors share.
func (a *app) openGate() {
	a.gate.Recognises = a.service.Recognises
	if a.settings.RateLimits {
		a.gate.Limiter = limit.New(limit.Config{Now: time.Now, Keeper: a.keeper, Least: leastShared, Secret: a.vault.LimitSecret(), Log: a.log})
	}
}

func (a *app) openDoor() (err error) {
	a.registry = prometheus.NewRegistry()
	registerMetrics(a.registry, a)
	var people *site.Site
	a.door, err = httpd.New(httpd.Config{
		Service: a.service, BaseURL: a.settings.BaseURL, CookieSecure: a.settings.SecureCookies(),
		Proxies: a.settings.TrustedProxies, MetricsAllow: a.settings.MetricsAllow, DeviceName: device.Name,
		Page: func(w http.ResponseWriter, r *http.Request, v httpd.PageView) error {
			return people.Link(w, r, site.Link(v))
		},
		Gate: a.gate, Feed: a.feed,
		Ready: a.ready, Version: thisBuild().Version, Log: a.log, Metrics: a.registry,
	})
	if err != nil {
		return err
	}
	docs, err := ui.Docs(a.door.Document(), a.settings.AppName)
	if err != nil {
		return err
	}
	people, err = site.New(site.Config{
		API: a.door, App: a.settings.AppName, Base: a.settings.BaseURL, CookieSecure: a.settings.SecureCookies(), Sealer: a.vault,
		Dev: a.mailbox != nil, Now: time.Now, Log: a.log,
	})
	if err != nil {
		return err
	}
	for _, below := range []string{"/{$}", "/auth/account/", "/admin", "/admin/"} {
		a.door.Handle(below, people)
	}
	a.door.Handle("/docs", docs)
	a.door.Handle("/docs/", docs)
	if a.mailbox != nil {
		a.door.Handle("/dev/mail", onlyHere(a.mailbox))
	}
	return nil
}

// onlyHere refuses requests that were addressed to another name than this
// machine's: a web page can have its own name resolve to loopback and read what
// it finds there.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !isLoopback(strings.Trim(host, "[]")) {
			http.Error(w, "the mailbox answers at localhost only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ready reads one row from the database.
func (a *app) ready(ctx context.Context) error {
	_, err := a.store.Tenant(ctx, a.settings.DefaultTenant)
	return err
}

// Close closes what was opened.
func (a *app) Close() (err error) {
	if a.store != nil {
		err = a.store.Close()
	}
	if a.redis != nil {
		err = errors.Join(err, a.redis.Close())
	}
	if a.control != nil {
		err = errors.Join(err, a.control.Close())
	}
	return err
}
