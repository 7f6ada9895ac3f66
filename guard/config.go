package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey/latchkey/guard/jwt"
)

const (
	defaultMaxStale = 5 * time.Minute
	callTimeout     = 5 * time.Second // of a call that is not the feed
	firstWait       = time.Second     // for the feed's first word, after New
)

func build(c Config) (*Guard, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	g := &Guard{config: c, started: c.Now(), origins: http.NewCrossOriginProtection()}
	for _, o := range c.Origins {
		if err := g.origins.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("guard: Config.Origins: %w", err)
		}
	}
	var err error
	if g.source, err = c.Keys.open(g); err != nil {
		return nil, err
	}
	g.verifier, err = jwt.New(jwt.Config{Issuer: c.Issuer, Audience: c.Audience, Keys: g.source, Now: c.Now})
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.services = newServices(g)
	if c.Feed.Key != "" {
		g.state = newState(c.Now)
		g.feed = newFeed(g)
		g.begin(g.feed.run)
	}
	return g, nil
}

// complete fills in what was left out and checks the rest.
func (c *Config) complete() error {
	if c.Issuer == "" {
		return errors.New("guard: set Config.Issuer to Latchkey's address, as it stands in iss")
	}
	or := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	base := strings.TrimSuffix(c.Issuer, "/")
	or(&c.Audience, c.Issuer)
	or(&c.VerifyURL, base+"/auth/verify")
	if c.Keys == nil {
		c.Keys = JWKS(base + "/.well-known/jwks.json")
	}
	if c.Feed.Key == "" && c.Feed.URL != "" {
		return errors.New("guard: set Config.Feed.Key: Latchkey tells what was ended only to whom it knows")
	}
	if c.Feed.Key != "" {
		if strings.Trim(c.Feed.Key, keyLetters) != "" {
			return errors.New("guard: Config.Feed.Key is no API key: it has characters that none has")
		}
		or(&c.Feed.URL, base+"/auth/revocations")
		if err := c.address("Feed.URL", c.Feed.URL); err != nil {
			return err
		}
	}
	if err := c.address("VerifyURL", c.VerifyURL); err != nil {
		return err
	}
	switch {
	case c.MaxStale == 0:
		c.MaxStale = defaultMaxStale
	case c.MaxStale < 0:
		return errors.New("guard: Config.MaxStale is negative: use Strict where the feed must be live")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Client = client(c.Client)
	return nil
}

// address checks that nobody on the way can answer in Latchkey's place.
func (c *Config) address(name, text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("guard: Config.%s is not an address such as https://auth.example.com/…: %q", name, text)
	case u.Scheme == "https", u.Scheme == "http" && (c.PlainHTTP || loopback(u.Hostname())):
		return nil
	}
	return fmt.Errorf("guard: Config.%s has to be https, as anything beyond this machine (or see Config.PlainHTTP): %q", name, text)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// client makes one that follows no redirect to elsewhere and has no time-out, which would end the feed: each call has
// its own.
func client(from *http.Client) *http.Client {
	c := http.Client{}
	if from != nil {
		c = *from
	}
	c.Timeout = 0
	c.Jar = nil
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		first := via[0].URL
		if len(via) > 3 || r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
			return errors.New("it redirects to another place")
		}
		return nil
	}
	return &c
}
