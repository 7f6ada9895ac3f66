package storetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

// copiable is a sound store with its rows, under a name that hides none of its
// methods.
type copiable interface{ storetest.Copied }

func brokenRows() []broken {
	over := func(wrap func(copiable) auth.Store) func(auth.Store) auth.Store {
		return func(s auth.Store) auth.Store { return wrap(s.(copiable)) }
	}
	return []broken{
		{"ended sessions left behind", over(func(s copiable) auth.Store { return rowsOfLiving{s} }), []string{"Copies/RowsAreEverything", "Copies/SessionsLiveOnInACopy"}},
		{"deleted tenants left behind", over(func(s copiable) auth.Store { return rowsOfTenants{s} }), []string{"Copies/RowsAreEverything"}},
		{"hashes of passwords left behind", over(func(s copiable) auth.Store { return rowsHashless{s} }), []string{"Copies/RowsAreEverything"}},
		{"times in another spelling", over(func(s copiable) auth.Store { return rowsSpaced{s} }), []string{"Copies/RowsHaveOneSpelling"}},
		{"the row at the key comes again", over(func(s copiable) auth.Store { return rowsAgain{s} }), []string{"Copies/RowsComeInPages"}},
		{"a page may be too long", over(func(s copiable) auth.Store { return rowsTooMany{s} }), []string{"Copies/RowsComeInPages"}},
		{"what is there is left as it is", over(func(s copiable) auth.Store { return putsNew{s} }), []string{"Copies/ARowReplacesAnother", "Copies/AnAccountTakesItsNames"}},
		{"counters are added up", over(func(s copiable) auth.Store { return putsSums{s} }), []string{"Copies/PuttingAgainChangesNothing"}},
		{"a name that is taken is refused", over(func(s copiable) auth.Store { return putsPolitely{s} }), []string{"Copies/AnAccountTakesItsNames"}},
		{"rows put one by one", over(func(s copiable) auth.Store { return putsSingly{s} }), []string{"Copies/RowsThatCannotBeReadChangeNothing"}},
		{"nothing is dropped", over(func(s copiable) auth.Store { return dropsNothing{s} }), []string{"Copies/DroppedRowsAreGone", "Copies/RowsAreEverything"}},
		{"sessions start at the first token", over(func(s copiable) auth.Store { return putsFreshSessions{s} }), []string{"Copies/SessionsLiveOnInACopy"}},
		{"where records end is left behind", over(func(s copiable) auth.Store { return &putsHeadless{copiable: s} }), []string{"Copies/TheRecordGoesOnInACopy"}},
		{"sent mails wait again", over(func(s copiable) auth.Store { return putsWaiting{s} }), []string{"Copies/MailsGoOutOfACopy"}},
		{"what was put is never swept", over(func(s copiable) auth.Store { return &putsForever{copiable: s} }), []string{"Copies/ACopyIsSwept"}},
	}
}

// eachRow changes the rows of a kind, and leaves out those of which change says
// no.
func eachRow[V any](rows []auth.Row, kind string, read func(auth.Row) (V, error), row func(V) (auth.Row, error), change func(*V) bool) ([]auth.Row, error) {
	var out []auth.Row
	for _, r := range rows {
		if r.Kind == kind {
			v, err := read(r)
			if err != nil {
				return nil, err
			}
			if !change(&v) {
				continue
			}
			if r, err = row(v); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}

type rowsOfLiving struct{ copiable }

func (b rowsOfLiving) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := b.copiable.Rows(ctx, kind, after, max)
	if err != nil {
		return nil, err
	}
	return eachRow(rows, auth.RowAccounts, auth.Row.Account, auth.AccountRow, func(a *auth.Dossier) bool {
		a.Sessions = slices.DeleteFunc(a.Sessions, auth.Session.Ended)
		return true
	})
}

type rowsOfTenants struct{ copiable }

func (b rowsOfTenants) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := b.copiable.Rows(ctx, kind, after, max)
	if err != nil {
		return nil, err
	}
	return eachRow(rows, auth.RowTenants, auth.Row.Tenant, auth.TenantRow, func(t *auth.Tenant) bool { return t.DeletedAt.IsZero() })
}

type rowsHashless struct{ copiable }

func (b rowsHashless) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := b.copiable.Rows(ctx, kind, after, max)
	if err != nil {
		return nil, err
	}
	return eachRow(rows, auth.RowAccounts, auth.Row.Account, auth.AccountRow, func(a *auth.Dossier) bool {
		a.User.PasswordHash = ""
		return true
	})
}

// rowsSpaced writes the JSON that it likes.
type rowsSpaced struct{ copiable }

func (b rowsSpaced) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	rows, err := b.copiable.Rows(ctx, kind, after, max)
	for i := range rows {
		var v any
		if err := json.Unmarshal(rows[i].Data, &v); err != nil {
			return nil, err
		}
		if rows[i].Data, err = json.MarshalIndent(v, "", " "); err != nil {
			return nil, err
		}
	}
	return rows, err
}

type rowsAgain struct{ copiable }

func (b rowsAgain) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	return b.copiable.Rows(ctx, kind, after[:len(after)-min(1, len(after))], max)
}

type rowsTooMany struct{ copiable }

func (b rowsTooMany) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	return b.copiable.Rows(ctx, kind, after, max+1)
}

// putsNew puts what is not there yet.
type putsNew struct{ copiable }

func (b putsNew) PutRows(ctx context.Context, rows []auth.Row) error {
	var fresh []auth.Row
	for _, r := range rows {
		there, err := b.Rows(ctx, r.Kind, "", 1000)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(there, func(t auth.Row) bool { return t.Key == r.Key }) {
			fresh = append(fresh, r)
		}
	}
	return b.copiable.PutRows(ctx, fresh)
}

type putsSums struct{ copiable }

func (b putsSums) PutRows(ctx context.Context, rows []auth.Row) error {
	rows, err := eachRow(rows, auth.RowCounters, auth.Row.Counter, auth.CounterRow, func(c *auth.Counter) bool {
		const window = time.Hour // that runs, a second before its end
		there, err := b.Count(ctx, auth.Count{Directory: c.Directory, Key: c.Key, Window: window, Now: c.Resets.Add(-time.Second)})
		if err == nil {
			c.N += there[0].N
		}
		return true
	})
	return errors.Join(err, b.copiable.PutRows(ctx, rows))
}

// putsPolitely lets an account keep its names.
type putsPolitely struct{ copiable }

func (b putsPolitely) PutRows(ctx context.Context, rows []auth.Row) error {
	for _, r := range rows {
		if r.Kind != auth.RowAccounts {
			continue
		}
		a, err := r.Account()
		if err != nil {
			return err
		}
		for kind, value := range map[auth.NameKind]string{auth.NameEmail: a.User.Email, auth.NameUsername: a.User.Username, auth.NameMobile: a.User.Mobile} {
			holder, err := b.UserByName(ctx, a.User.Directory, auth.Name{Kind: kind, Value: value})
			if err == nil && holder.ID != a.User.ID {
				return auth.ErrTaken
			}
		}
	}
	return b.copiable.PutRows(ctx, rows)
}

type putsSingly struct{ copiable }

func (b putsSingly) PutRows(ctx context.Context, rows []auth.Row) error {
	for _, r := range rows {
		if err := b.copiable.PutRows(ctx, []auth.Row{r}); err != nil {
			return err
		}
	}
	return nil
}

type dropsNothing struct{ copiable }

func (b dropsNothing) DropRows(context.Context, string, []string) error { return nil }

type putsFreshSessions struct{ copiable }

func (b putsFreshSessions) PutRows(ctx context.Context, rows []auth.Row) error {
	rows, err := eachRow(rows, auth.RowAccounts, auth.Row.Account, auth.AccountRow, func(a *auth.Dossier) bool {
		for i := range a.Sessions {
			a.Sessions[i].Counter = 0
		}
		return true
	})
	return errors.Join(err, b.copiable.PutRows(ctx, rows))
}

// putsHeadless keeps the ends of records where nobody reads them.
type putsHeadless struct {
	copiable
	mu    sync.Mutex
	heads []auth.Row
}

func (b *putsHeadless) PutRows(ctx context.Context, rows []auth.Row) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(rows) > 0 && rows[0].Kind == auth.RowHeads {
		b.heads = append(b.heads, rows...)
		return nil
	}
	return b.copiable.PutRows(ctx, rows)
}

type putsWaiting struct{ copiable }

func (b putsWaiting) PutRows(ctx context.Context, rows []auth.Row) error {
	rows, err := eachRow(rows, auth.RowMails, auth.Row.Letter, auth.MailRow, func(l *auth.Letter) bool {
		l.State = auth.MailWaiting
		return true
	})
	return errors.Join(err, b.copiable.PutRows(ctx, rows))
}

// putsForever does not know when to sweep what it was given.
type putsForever struct {
	copiable
	mu  sync.Mutex
	put []auth.Row
}

func (b *putsForever) PutRows(ctx context.Context, rows []auth.Row) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(rows) > 0 && rows[0].Kind == auth.RowTickets {
		b.put = append(b.put, rows...)
	}
	return b.copiable.PutRows(ctx, rows)
}

func (b *putsForever) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if kind == auth.RowTickets && len(b.put) > 0 {
		return slices.DeleteFunc(slices.Clone(b.put), func(r auth.Row) bool { return r.Key <= after }), nil
	}
	return b.copiable.Rows(ctx, kind, after, max)
}
