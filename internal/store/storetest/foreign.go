package storetest

import (
	"bytes"
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// stranger is what somebody of one tenant knows of another one: every id.
type stranger struct {
	world          // who asks
	theirs   world // whose ids they are
	user     auth.User
	session  auth.Session
	ticket   auth.Ticket
	role     string
	hall     string // slug of a space, and name of a counter
	mail     auth.Mail
	where    string // directory that is named
	tenant   string // tenant that is named
	apart    bool   // the other one is in another directory
	sessions auth.Ending
}

// foreign is how each method of a store is asked for what is another's, which it
// must not find: an error tells of what it found all the same.
var foreign = map[string]func(stranger) error{
	"Space":    func(s stranger) error { return found(s.Space(bg, s.where, s.tenant, s.theirs.space.ID)) },
	"Spaces":   func(s stranger) error { return holds(s, spaceIDs, s.theirs.space.ID) },
	"Roles":    func(s stranger) error { return holds(s, roleNames, s.role) },
	"Accounts": func(s stranger) error { return holds(s, accountIDs, s.user.ID) },
	"Events":   func(s stranger) error { return holds(s, eventUsers, s.user.ID) },
	"CreateSpace": func(s stranger) error { // the slug is free here, whatever there is elsewhere
		sp := s.theirs.space
		sp.ID, sp.Directory, sp.Tenant, sp.Slug = newID(), s.where, s.tenant, s.hall
		return s.CreateSpace(bg, sp, auth.Note{})
	},
	"CreateRole": func(s stranger) error {
		return s.CreateRole(bg, auth.Role{Directory: s.where, Tenant: s.tenant, Name: s.role, CreatedAt: start, UpdatedAt: start}, auth.Note{})
	},
	"UpdateRole": func(s stranger) error {
		return found(s.UpdateRole(bg, s.where, s.tenant, s.role, func(*auth.Role) error { return nil }, auth.Note{}))
	},
	"DeleteRole": func(s stranger) error { return missed(s.DeleteRole(bg, s.where, s.tenant, s.role, auth.Note{})) },
	"CreateUser": func(s stranger) error { // with a role that only the other one has
		if err := s.CreateUser(bg, s.newUser(), auth.Seat{Tenant: s.tenant, Space: s.space.ID, Role: s.role, Main: true}, auth.Note{}); !errors.Is(err, auth.ErrNoRole) {
			return orFound(err)
		}
		return nil
	},
	"User": func(s stranger) error {
		return apart(s, func() error { return found(s.User(bg, s.where, s.user.ID)) })
	},
	"UserByName": func(s stranger) error {
		return apart(s, func() error {
			return found(s.UserByName(bg, s.where, auth.Name{Kind: auth.NameEmail, Value: s.user.Email}))
		})
	},
	"Account": func(s stranger) error {
		return apart(s, func() error { return found(s.Account(bg, s.where, s.user.ID)) })
	},
	"UpdateUser": func(s stranger) error {
		return apart(s, func() error {
			return found(s.UpdateUser(bg, s.where, s.user.ID, func(*auth.User) error { return nil }, auth.Note{}))
		})
	},
	"ChangeAccount": func(s stranger) error {
		return apart(s, func() error {
			return found(s.ChangeAccount(bg, auth.AccountChange{Directory: s.where, User: s.user.ID, Change: func(*auth.Account) error { return nil }}))
		})
	},
	"Trail": func(s stranger) error {
		return apart(s, func() error {
			links, err := s.Trail(bg, s.where, 0, 1000)
			for _, l := range links {
				if l.User == s.user.ID {
					return errFound
				}
			}
			return err
		})
	},
	"TrailEnd": func(s stranger) error {
		return apart(s, func() error {
			_, hash, err := s.TrailEnd(bg, s.where)
			_, theirs, also := s.TrailEnd(bg, s.theirs.tenant.Directory)
			if bytes.Equal(hash, theirs) {
				return errFound
			}
			return errors.Join(err, also)
		})
	},
	"Session": func(s stranger) error {
		return apart(s, func() error { return found(s.Session(bg, s.where, s.session.ID)) })
	},
	"LivingSessions": func(s stranger) error {
		return apart(s, func() error { return none(s.LivingSessions(bg, s.where, s.user.ID, start.Add(time.Minute))) })
	},
	"Device": func(s stranger) error {
		return apart(s, func() error { return found(s.Device(bg, s.where, s.user.ID, s.session.Device)) })
	},
	"CreateSession": func(s stranger) error { // of somebody who has no seat in it
		v := s.session
		v.ID, v.Directory, v.Tenant, v.Space = newID(), s.where, s.tenant, s.space.ID
		return found(s.CreateSession(bg, auth.Opening{Session: v}))
	},
	"MoveSession": func(s stranger) error {
		m := auth.Move{Directory: s.where, User: s.user.ID, Session: s.session.ID, Tenant: s.tenant, Space: s.space.ID, At: start, IdleUntil: s.session.IdleUntil, ExpiresAt: s.session.ExpiresAt}
		return found(s.MoveSession(bg, m))
	},
	"Rotate": func(s stranger) error {
		return found(s.Rotate(bg, auth.Rotation{Directory: s.where, Tenant: s.tenant, Session: s.session.ID, Now: start, Grace: time.Second, IdleUntil: s.session.IdleUntil}))
	},
	"Touch": func(s stranger) error {
		return apart(s, func() error {
			return s.Touch(bg, s.where, map[string]time.Time{s.session.ID: start.Add(time.Minute)})
		})
	},
	"EndSession": func(s stranger) error {
		return apart(s, func() error { return missed(s.EndSession(bg, s.sessions)) })
	},
	"EndSessions": func(s stranger) error {
		e := s.sessions
		e.Session = ""
		return none(s.EndSessions(bg, e))
	},
	"Secure": func(s stranger) error {
		return apart(s, func() error {
			_, _, err := s.Secure(bg, s.sessions, func(*auth.User) error { return nil })
			return missed(err)
		})
	},
	"Ticket": func(s stranger) error { return found(s.Ticket(bg, s.key(), start)) },
	"Reissue": func(s stranger) error {
		return missed(s.Reissue(bg, auth.Ticket{TicketKey: s.key(), ExpiresAt: s.ticket.ExpiresAt, Tries: 9}, start))
	},
	"Attempt": func(s stranger) error { return found(s.Attempt(bg, s.key(), s.ticket.Proof, start)) },
	"Void":    func(s stranger) error { return s.Void(bg, s.key()) },
	"Standing": func(s stranger) error {
		tickets, err := s.Standing(bg, auth.TicketQuery{Directory: s.where, Tenant: s.tenant, Kind: s.ticket.Kind, Max: 1000}, start)
		for _, t := range tickets {
			if bytes.Equal(t.Proof, s.ticket.Proof) {
				return errFound
			}
		}
		return err
	},
	"Issue": func(s stranger) error { // the id is free here
		t := s.ticket
		t.TicketKey, t.Proof = s.key(), []byte("another")
		return s.Issue(bg, t)
	},
	"Count": func(s stranger) error {
		return apart(s, func() error {
			n, err := s.Count(bg, auth.Count{Directory: s.where, Key: s.hall, Window: time.Hour, Now: start})
			if err == nil && n[0].N != 0 {
				return errFound
			}
			return err
		})
	},
	"Sent": func(s stranger) error {
		return apart(s, func() error { return missed(s.Sent(bg, s.where, s.mail.ID, start)) })
	},
	"Postpone": func(s stranger) error {
		return apart(s, func() error { return missed(s.Postpone(bg, s.where, s.mail.ID, start, "x")) })
	},
	"Letters": func(s stranger) error {
		found, err := s.Letters(bg, auth.LetterQuery{Directory: s.where, Tenant: s.tenant, Max: 1000})
		if err != nil {
			return err
		}
		for _, l := range found {
			if l.ID == s.mail.ID {
				return errors.New("it is listed")
			}
		}
		return nil
	},
	"Pulse": func(s stranger) error {
		p, err := s.Pulse(bg, auth.PulseQuery{Directory: s.where, Tenant: s.tenant, From: start.Add(-time.Minute), Step: time.Hour, Steps: 1})
		if err == nil && (p.Living[0] > 0 || len(p.Events) > 0) {
			err = errors.New("it is counted")
		}
		return err
	},
	"Redeliver": func(s stranger) error {
		return apart(s, func() error { return missed(s.Redeliver(bg, s.where, s.tenant, s.mail.ID, start)) })
	},
	"Bury": func(s stranger) error {
		return apart(s, func() error { return missed(s.Bury(bg, s.where, s.mail.ID, start, "x")) })
	},
}

// deploymentWide are the methods that are about no tenant's data, or that name a
// tenant or a directory by its own id alone.
var deploymentWide = []string{
	"Tenant", "TenantByID", "Tenants", "CreateTenant", "UpdateTenant", "Logo", "OriginKnown",
	"Directory", "Directories", "FlagDirectory", "FlaggedDirectories", "UnflagDirectory",
	"AddAPIKey", "APIKey", "APIKeys", "RevokeAPIKey", "APIKeyUsed", "Announce", "Announced",
	"Keys", "AddKey", "RemoveKey", "SettingsInForce", "Write", "Trails", "Lease", "Waiting", "Sweep",
}

var errFound = errors.New("what is another's was found")

// orFound is err, or errFound where there is none.
func orFound(err error) error {
	if err == nil {
		return errFound
	}
	return err
}

// missed wants ErrNoRecord.
func missed(err error) error {
	if errors.Is(err, auth.ErrNoRecord) {
		return nil
	}
	return orFound(err)
}

func found[V any](_ V, err error) error { return missed(err) }

func none[V any](all []V, err error) error {
	if err == nil && len(all) > 0 {
		return errFound
	}
	return err
}

// apart asks only where the other one is in another directory: what it asks for
// belongs to the directory.
func apart(s stranger, ask func() error) error {
	if !s.apart {
		return nil
	}
	return ask()
}

// key names the other's ticket as one of what is named.
func (s stranger) key() auth.TicketKey {
	k := s.ticket.TicketKey
	k.Directory, k.Tenant = s.where, s.tenant
	return k
}

// holds looks for an id in a list of the tenant that is named.
func holds(s stranger, list func(stranger) ([]string, error), id string) error {
	ids, err := list(s)
	for _, got := range ids {
		if got == id {
			return errFound
		}
	}
	return err
}

func idsOf[V any](all []V, err error, id func(V) string) (ids []string, _ error) {
	for _, v := range all {
		ids = append(ids, id(v))
	}
	return ids, err
}

func spaceIDs(s stranger) ([]string, error) {
	all, err := s.Spaces(bg, s.where, s.tenant)
	return idsOf(all, err, func(v auth.Space) string { return v.ID })
}

func roleNames(s stranger) ([]string, error) {
	all, err := s.Roles(bg, s.where, s.tenant)
	return idsOf(all, err, func(v auth.Role) string { return v.Name })
}

func accountIDs(s stranger) ([]string, error) {
	all, err := s.Accounts(bg, auth.AccountQuery{Directory: s.where, Tenant: s.tenant, Max: 100})
	return idsOf(all, err, func(v auth.FoundAccount) string { return v.User.ID })
}

func eventUsers(s stranger) ([]string, error) {
	all, err := s.Events(bg, auth.EventQuery{Directory: s.where, Tenant: s.tenant, Max: 1000})
	return idsOf(all, err, func(v auth.Event) string { return v.User })
}

// whatIsAnothersIsNotThere: every method is asked, by the name of one tenant, for
// what another one has: a tenant of the same directory, and one of another. It
// finds nothing, and all that the other has is there afterwards.
func whatIsAnothersIsNotThere(t T, s auth.Store) {
	me := settle(t, s, "default")
	for method, ask := range foreign {
		for _, directory := range []string{"default", "d" + newID()} {
			they := stranger{world: me, theirs: settle(t, s, directory), where: "default", tenant: me.tenant.ID, apart: directory != "default"}
			they.settleIn()
			before := they.portrait()
			if err := ask(they); err != nil {
				t.Fatalf("%s, in directory %s: %v", method, directory, err)
			}
			same(t, "what the other has after "+method, they.portrait(), before)
		}
	}
}

// settleIn gives the other tenant one of everything.
func (s *stranger) settleIn() {
	s.Helper()
	w := s.theirs
	s.user, s.role = w.user, "role-of-"+newID()[24:]
	must(s, w.CreateRole(bg, auth.Role{Directory: w.tenant.Directory, Tenant: w.tenant.ID, Name: s.role, CreatedAt: start, UpdatedAt: start}, auth.Note{}), "CreateRole")
	s.hall = "hall" + newID()
	hall := w.space
	hall.ID, hall.Slug = newID(), s.hall
	must(s, w.CreateSpace(bg, hall, auth.Note{}), "CreateSpace")
	s.session = w.login(s.user, 0)
	s.ticket = newTicket()
	s.ticket.Directory, s.ticket.Tenant = w.tenant.Directory, w.tenant.ID
	must(s, w.Issue(bg, s.ticket), "Issue")
	s.mail = w.mail(start)
	event := w.note("login", start)
	event.Events[0].User = s.user.ID
	must(s, w.Write(bg, auth.Note{Events: event.Events, Mails: []auth.Mail{s.mail}}), "Write")
	_, err := w.Count(bg, auth.Count{Directory: w.tenant.Directory, Key: s.hall, Add: 3, Window: time.Hour, Now: start})
	must(s, err, "Count")
	s.sessions = auth.Ending{Directory: s.where, User: s.user.ID, Session: s.session.ID, Tenant: s.tenant, Reason: auth.EndAdmin, At: start}
}

// portrait is what the other tenant has.
func (s stranger) portrait() []any {
	s.Helper()
	w := s.theirs
	d := w.tenant.Directory
	account, err := w.Account(bg, d, s.user.ID)
	must(s, err, "Account")
	session, err := w.Session(bg, d, s.session.ID)
	must(s, err, "Session")
	ticket, err := w.Ticket(bg, s.ticket.TicketKey, start)
	must(s, err, "Ticket")
	roles, err := w.Roles(bg, d, w.tenant.ID)
	must(s, err, "Roles")
	spaces, err := w.Spaces(bg, d, w.tenant.ID)
	must(s, err, "Spaces")
	count, err := w.Count(bg, auth.Count{Directory: d, Key: s.hall, Window: time.Hour, Now: start})
	must(s, err, "Count")
	return []any{account, session, ticket, roles, spaces, count}
}
