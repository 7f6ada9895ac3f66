// Package guard protects a service behind Latchkey. It checks access tokens and services' API keys where the request
// is, and refuses a session that was ended, a user that was locked or a role that was taken away within a second of
// it, without asking anybody on the way.
//
//	g, err := guard.New(guard.Config{
//		Issuer: "https://auth.example.com",
//		Feed:   guard.Feed{Key: os.Getenv("LATCHKEY_KEY")}, // lks_…, with the scope revocations:read
//	})
//	if err != nil {
//		return err
//	}
//	defer g.Close()
//
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
//		who, _ := guard.From(r.Context())
//		fmt.Fprintln(w, "orders of", who.UserID, "in", who.TenantID)
//	})
//	return http.ListenAndServe(":8080", g.Protect(mux,
//		guard.On("GET /healthz", guard.Public()),
//		guard.On("/admin/", guard.Roles("admin")),
//		guard.On("POST /orders", guard.Permissions("orders:write")),
//	))
//
// # What is let in
//
// Every request needs a token or an API key, unless a rule says [Public]. It comes as the cookie accessToken, as
// Authorization: Bearer, or as x-access-token; two that disagree are refused, as is a header x-tenant-id or X-Space-ID
// that names another tenant or space than the token's. A request that changes something, carries the cookie and comes
// from another origin is refused, unless [Config.Origins] names that origin. What is refused is answered in Latchkey's
// envelope, with a code that programs can read; see [Error].
//
// # When Latchkey is away
//
// Signatures never fail open. The keys that verify them are fetched on first need, refreshed while in use, and kept for
// a day when they cannot be. Revocation has a bound and a choice: a silent feed is believed for [Config.MaxStale]; then
// routes answer 503 REVOCATION_UNKNOWN until it speaks again. A route with [Strict] does so at once, one with [Lenient]
// goes on until the token ends, a quarter of an hour at most as Latchkey comes.
//
// # What it does not know
//
// It knows no passwords and starts no logins: a 401 is for the client to act on. It does not hide that a resource
// exists, nor decide who owns one: a handler compares [Identity.TenantID] and [Identity.UserID] with what it serves.
// Without a [Feed] it checks tokens alone, so that an ended session works on until its token ends.
package guard

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/latchkey/latchkey/guard/jwt"
)

// Config says whom a [Guard] trusts. Issuer is required; everything else has a default that is safe.
type Config struct {
	Issuer   string // Latchkey's address as it stands in iss, such as https://auth.example.com (its APP_BASE_URL)
	Audience string // what aud must name: Issuer when empty, as Latchkey has it unless JWT_AUDIENCE is set
	Keys     Keys   // what verifies signatures: JWKS(Issuer + "/.well-known/jwks.json") when nil
	Feed     Feed   // where to learn what was ended; the zero Feed: nowhere, and tokens are good until they end
	// VerifyURL is where services' API keys (lks_…) are checked: Issuer + "/auth/verify" when empty.
	VerifyURL string
	// MaxStale is for how long routes go on when the feed is silent: 5 min when zero. See [Strict] and [Lenient].
	MaxStale time.Duration
	// Origins are those, besides the service's own, whose pages may change things with a browser's cookie, such as
	// "https://app.example.com".
	Origins []string
	// PlainHTTP allows http:// beyond loopback for all the addresses above. Who can touch that network can then choose
	// the keys and read the API key: only for one that is trusted as the machine itself is.
	PlainHTTP bool
	Log       *slog.Logger     // slog.Default() when nil
	Client    *http.Client     // for keys, feed and API keys; one of its own when nil. Its time-out is not used.
	Now       func() time.Time // the clock that tokens are held against; time.Now when nil
}

// Feed is where a guard learns what was ended: Latchkey's GET /auth/revocations.
type Feed struct {
	URL string // Issuer + "/auth/revocations" when empty
	Key string // a service's API key (lks_…) with the scope revocations:read, or an operator's (lko_…)
}

// Keys are what verifies signatures: [JWKS], [Secret] or [PEM]. Each key has one algorithm, whatever a token says.
type Keys interface {
	open(g *Guard) (source, error)
}

// JWKS are the keys published at an address. They are fetched on first need, again every ten minutes while they are
// used, and when a token names one that is not among them (then at most every ten seconds). When the address cannot be
// reached they are used for a day more. It has to be https, or on this machine.
func JWKS(url string) Keys { return jwksKeys(url) }

// Secret is the key of a deployment with JWT_SECRET, at least 32 bytes: HS256. Whoever has it can also make tokens, so
// prefer public keys where all services are yours to change.
func Secret(secret string) Keys { return secretKeys(secret) }

// PEM are public keys in PUBLIC KEY blocks, one after another: P-256 is for ES256, Ed25519 for EdDSA, RSA for RS256. It
// needs no network, and follows no rotation.
func PEM(text string) Keys { return pemKeys(text) }

// Guard checks who requests come from. It is safe for concurrent use.
type Guard struct {
	config   Config
	verifier *jwt.Verifier
	source   source
	state    *state // nil, as is feed: revocation is not checked
	feed     *feed
	services *services
	origins  *http.CrossOriginProtection
	started  time.Time
	background
}

// New makes a guard and starts to listen to the feed, if there is one. It fails where the configuration is wrong, never
// because Latchkey is away.
func New(c Config) (*Guard, error) { return build(c) }

// Close ends the feed and the calls that are under way. Requests that are still being answered are judged as if
// Latchkey were away.
func (g *Guard) Close() error { return g.shut() }

// Verify returns who an access token or a service's API key is from, or an [Error]. Of a token that it has seen before
// it needs neither the network nor the heap. ctx bounds what it waits for otherwise: keys, an API key's check and, in
// the second after [New], the feed. Permissions are shared among callers: read them, do not write to them.
func (g *Guard) Verify(ctx context.Context, token string) (Identity, error) {
	var id Identity
	if err := g.verify(ctx, token, &id); err != nil {
		return Identity{}, err
	}
	return id, nil
}

// Ready waits until there are keys and the feed, if there is one, has told all; or returns why that cannot be, or ctx's
// error. It is for a readiness probe, or for a start that would rather fail than serve errors.
func (g *Guard) Ready(ctx context.Context) error { return g.await(ctx) }

// Status is how a guard does, for a health page.
type Status struct {
	Live    bool      // the feed is connected and complete, so revocation takes less than a second
	Since   time.Time // when Live became what it is
	Heard   time.Time // the last sign of life of a complete feed; when it has had none, of New
	Keys    int       // how many keys verify signatures; none before the first need of a JWKS
	Problem string    // what is wrong, for people; empty when nothing is
}

// Status tells how the guard does now.
func (g *Guard) Status() Status { return g.report() }
