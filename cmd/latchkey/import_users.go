package main

import (
	"context"
	"crypto/sha256"
	"iter"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// seedUser is a user of a seed, and what came of it.
type seedUser struct {
	row     seeds.Row[auth.ImportedAccount]
	result  auth.ImportResult
	without []auth.FieldProblem // why it was taken without these fields
	err     error
}

// users takes over users into the caller's tenant. shown is what the report
// calls the tenant. It returns how many there were.
func (r *seedRun) users(ctx context.Context, by auth.Caller, shown string, rows iter.Seq2[seeds.Row[auth.ImportedAccount], error]) (n int, err error) {
	err = inOrder(ctx, withoutTwins(rows), namesOf, func(ctx context.Context, row seeds.Row[auth.ImportedAccount]) seedUser {
		return r.user(ctx, by, row)
	}, func(u seedUser) error {
		n++
		r.handled.Add(1)
		return r.tookUser(shown, u)
	})
	return n, err
}

// user takes over a user, without the fields that may be left out where that is
// what it takes.
func (r *seedRun) user(ctx context.Context, by auth.Caller, row seeds.Row[auth.ImportedAccount]) seedUser {
	u := seedUser{row: row}
	for !row.Deleted && len(row.Wrong) == 0 {
		u.result, u.err = r.service.ImportAccount(ctx, by, u.row.Value)
		problems := dispensable(&u.row.Value.ImportedUser, u.err, r.Without)
		if problems == nil {
			break
		}
		u.without = append(u.without, r.named(problems)...)
	}
	return u
}

// tookUser reports what came of a user. Its error ends the import.
func (r *seedRun) tookUser(shown string, u seedUser) error {
	if is, err := passed(r, shown, u.row); is {
		return err
	}
	if u.err != nil {
		if !isRefusal(u.err) {
			return u.err
		}
		return r.report.add(shown, u.row.Origin, rowRefused, r.named(fieldsOf(u.err)))
	}
	outcome := map[auth.ImportOutcome]string{auth.Imported: rowCreated, auth.ImportAdd: rowJoined, auth.ImportOld: rowUnchanged}[u.result.Outcome]
	if err := r.report.add(shown, u.row.Origin, outcome, r.named(u.result.Differs)); err != nil {
		return err
	}
	if len(u.without) > 0 {
		if err := r.report.tell(shown, u.row.Origin, rowLeft, u.without); err != nil {
			return err
		}
	}
	return r.lefts(shown, u.row.Left)
}

// dispensable empties the fields for which a user was refused, when there is
// nothing else against it and it may be taken without them; else nil.
func dispensable(u *auth.ImportedUser, err error, without []string) []auth.FieldProblem {
	if !isRefusal(err) {
		return nil
	}
	fields := map[string]*string{"username": &u.Username, "nickname": &u.Nickname, "mobile": &u.Mobile}
	problems := fieldsOf(err)
	for _, p := range problems {
		if field := fields[p.Field]; field == nil || *field == "" || !slices.Contains(without, p.Field) {
			return nil
		}
	}
	for _, p := range problems {
		*fields[p.Field] = ""
	}
	return problems
}

// withoutTwins refuses whom the seed has twice: it tells upper and lower case
// apart in addresses, and here they are one.
func withoutTwins(rows iter.Seq2[seeds.Row[auth.ImportedAccount], error]) iter.Seq2[seeds.Row[auth.ImportedAccount], error] {
	return func(yield func(seeds.Row[auth.ImportedAccount], error) bool) {
		seen := map[[16]byte]string{} // the row that has an address
		for row, err := range rows {
			if email, wrong := auth.Email(row.Value.Email); err == nil && wrong == nil && !row.Deleted {
				sum := sha256.Sum256([]byte(email))
				key := [16]byte(sum[:])
				if first, ok := seen[key]; ok {
					row.Wrong = append(row.Wrong, auth.FieldProblem{Field: "email", Problem: "is that of " + row.Table + " " + first + ", too"})
				} else {
					seen[key] = row.ID
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// namesOf are the names that a row is after, in the form in which they are
// compared.
func namesOf(row seeds.Row[auth.ImportedAccount]) (all []string) {
	for _, one := range []struct {
		kind, text string
		parse      func(string) (string, error)
	}{
		{"email ", row.Value.Email, auth.Email}, {"username ", row.Value.Username, auth.Username}, {"mobile ", row.Value.Mobile, auth.Mobile},
	} {
		if name, err := one.parse(one.text); one.text != "" && err == nil {
			all = append(all, one.kind+name)
		}
	}
	return all
}
