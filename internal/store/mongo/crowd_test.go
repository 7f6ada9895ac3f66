package mongo

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// crowd is a store as several processes have it: each call goes to another one
// of three on the same database, so that nothing that the suite asks for can
// come from what one of them has in memory.
type crowd struct {
	stores []*Store
	calls  atomic.Uint64
}

var _ auth.Store = (*crowd)(nil)

func openCrowd(t testing.TB, c Config) *crowd {
	return &crowd{stores: []*Store{open(t, c), open(t, c), open(t, c)}}
}

func (x *crowd) next() *Store { return x.stores[x.calls.Add(1)%uint64(len(x.stores))] }

func (x *crowd) Account(ctx context.Context, directory string, id string) (auth.Account, error) {
	return x.next().Account(ctx, directory, id)
}

func (x *crowd) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	return x.next().Accounts(ctx, q)
}

func (x *crowd) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	return x.next().AddKey(ctx, k, newest, n)
}

func (x *crowd) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	return x.next().AddAPIKey(ctx, k, n)
}

func (x *crowd) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	return x.next().Attempt(ctx, k, proof, now)
}

func (x *crowd) Bury(ctx context.Context, directory string, id string, at time.Time, problem string) error {
	return x.next().Bury(ctx, directory, id, at, problem)
}

func (x *crowd) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	return x.next().ChangeAccount(ctx, c)
}

func (x *crowd) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	return x.next().Count(ctx, counts...)
}

func (x *crowd) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	return x.next().CreateRole(ctx, r, n)
}

func (x *crowd) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	return x.next().CreateSession(ctx, o)
}

func (x *crowd) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	return x.next().CreateSpace(ctx, sp, n)
}

func (x *crowd) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, defaultSpace auth.Space, n auth.Note) error {
	return x.next().CreateTenant(ctx, t, d, defaultSpace, n)
}

func (x *crowd) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	return x.next().CreateUser(ctx, u, s, n)
}

func (x *crowd) DeleteRole(ctx context.Context, directory string, tenant string, name string, n auth.Note) error {
	return x.next().DeleteRole(ctx, directory, tenant, name, n)
}

func (x *crowd) Device(ctx context.Context, directory string, user string, id string) (auth.Device, error) {
	return x.next().Device(ctx, directory, user, id)
}

func (x *crowd) Directories(ctx context.Context, after string, max int) ([]auth.Directory, error) {
	return x.next().Directories(ctx, after, max)
}

func (x *crowd) Directory(ctx context.Context, id string) (auth.Directory, error) {
	return x.next().Directory(ctx, id)
}

func (x *crowd) EndSession(ctx context.Context, e auth.Ending) error {
	return x.next().EndSession(ctx, e)
}

func (x *crowd) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	return x.next().EndSessions(ctx, e)
}

func (x *crowd) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	return x.next().Events(ctx, q)
}

func (x *crowd) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	return x.next().FlagDirectory(ctx, id, at)
}

func (x *crowd) FlaggedDirectories(ctx context.Context) (map[string]time.Time, error) {
	return x.next().FlaggedDirectories(ctx)
}

func (x *crowd) Issue(ctx context.Context, t auth.Ticket) error {
	return x.next().Issue(ctx, t)
}

func (x *crowd) Keys(ctx context.Context) ([]auth.KeyRecord, error) {
	return x.next().Keys(ctx)
}

func (x *crowd) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	return x.next().Lease(ctx, now, lease, max)
}

func (x *crowd) LivingSessions(ctx context.Context, directory string, user string, now time.Time) ([]auth.Session, error) {
	return x.next().LivingSessions(ctx, directory, user, now)
}

func (x *crowd) Logo(ctx context.Context, id string) ([]byte, error) {
	return x.next().Logo(ctx, id)
}

func (x *crowd) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	return x.next().MoveSession(ctx, m)
}

func (x *crowd) Announce(ctx context.Context, lines []auth.Bulletined) error {
	return x.next().Announce(ctx, lines)
}

func (x *crowd) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	return x.next().Announced(ctx, after, now, most)
}

func (x *crowd) APIKey(ctx context.Context, id string) (auth.APIKey, error) {
	return x.next().APIKey(ctx, id)
}

func (x *crowd) APIKeyUsed(ctx context.Context, id string, at time.Time) error {
	return x.next().APIKeyUsed(ctx, id, at)
}

func (x *crowd) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	return x.next().APIKeys(ctx, kind)
}

func (x *crowd) OriginKnown(ctx context.Context, origin string) (bool, error) {
	return x.next().OriginKnown(ctx, origin)
}

func (x *crowd) Postpone(ctx context.Context, directory string, id string, next time.Time, problem string) error {
	return x.next().Postpone(ctx, directory, id, next, problem)
}

func (x *crowd) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	return x.next().Reissue(ctx, t, now)
}

func (x *crowd) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	return x.next().Standing(ctx, q, now)
}

func (x *crowd) RemoveKey(ctx context.Context, id string) error {
	return x.next().RemoveKey(ctx, id)
}

func (x *crowd) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return x.next().RevokeAPIKey(ctx, id, at, n)
}

func (x *crowd) Roles(ctx context.Context, directory string, tenant string) ([]auth.Role, error) {
	return x.next().Roles(ctx, directory, tenant)
}

func (x *crowd) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	return x.next().Rotate(ctx, r)
}

func (x *crowd) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	return x.next().Secure(ctx, e, change)
}

func (x *crowd) Sent(ctx context.Context, directory string, id string, at time.Time) error {
	return x.next().Sent(ctx, directory, id, at)
}

func (x *crowd) Session(ctx context.Context, directory string, id string) (auth.Session, error) {
	return x.next().Session(ctx, directory, id)
}

func (x *crowd) SettingsInForce(ctx context.Context, digests map[string]string, note func(changed []string) auth.Note) error {
	return x.next().SettingsInForce(ctx, digests, note)
}

func (x *crowd) Space(ctx context.Context, directory string, tenant string, ref string) (auth.Space, error) {
	return x.next().Space(ctx, directory, tenant, ref)
}

func (x *crowd) Spaces(ctx context.Context, directory string, tenant string) ([]auth.Space, error) {
	return x.next().Spaces(ctx, directory, tenant)
}

func (x *crowd) Sweep(ctx context.Context, now time.Time, keep time.Time, keepEvents time.Time) (int, error) {
	return x.next().Sweep(ctx, now, keep, keepEvents)
}

func (x *crowd) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	return x.next().Tenant(ctx, slug)
}

func (x *crowd) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	return x.next().TenantByID(ctx, id)
}

func (x *crowd) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	return x.next().Tenants(ctx, q)
}

func (x *crowd) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	return x.next().Ticket(ctx, k, now)
}

func (x *crowd) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	return x.next().Touch(ctx, directory, seen)
}

func (x *crowd) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	return x.next().Trail(ctx, directory, after, max)
}

func (x *crowd) TrailEnd(ctx context.Context, directory string) (int64, []byte, error) {
	return x.next().TrailEnd(ctx, directory)
}

func (x *crowd) Trails(ctx context.Context) ([]string, error) {
	return x.next().Trails(ctx)
}

func (x *crowd) UnflagDirectory(ctx context.Context, id string, at time.Time) error {
	return x.next().UnflagDirectory(ctx, id, at)
}

func (x *crowd) UpdateRole(ctx context.Context, directory string, tenant string, name string, change func(*auth.Role) error, n auth.Note) (auth.Role, error) {
	return x.next().UpdateRole(ctx, directory, tenant, name, change, n)
}

func (x *crowd) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	return x.next().UpdateTenant(ctx, id, change, n)
}

func (x *crowd) UpdateUser(ctx context.Context, directory string, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	return x.next().UpdateUser(ctx, directory, id, change, n)
}

func (x *crowd) User(ctx context.Context, directory string, id string) (auth.User, error) {
	return x.next().User(ctx, directory, id)
}

func (x *crowd) UserByName(ctx context.Context, directory string, name auth.Name) (auth.User, error) {
	return x.next().UserByName(ctx, directory, name)
}

func (x *crowd) Void(ctx context.Context, k auth.TicketKey) error {
	return x.next().Void(ctx, k)
}

func (x *crowd) Waiting(ctx context.Context) (int, int, error) {
	return x.next().Waiting(ctx)
}

func (x *crowd) Write(ctx context.Context, n auth.Note) error {
	return x.next().Write(ctx, n)
}

func (x *crowd) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	return x.next().Letters(ctx, q)
}

func (x *crowd) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	return x.next().Redeliver(ctx, directory, tenant, id, now)
}

func (x *crowd) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	return x.next().Pulse(ctx, q)
}
