package rpcd

import (
	"context"
	"reflect"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/wire"
)

// command is one line of the table.
type command struct {
	name     string
	path     string // of the route with the same rule, whose limits it shares
	login    bool   // a step of a login: wants to know the device
	frequent bool   // asked at every request of somebody else
	quick    bool   // from memory, mostly
	tenants  bool   // about tenants: refused in another form
	changes  bool   // of those about tenants, one that changes them
	serve    func(*call) (wire.Envelope, error)
}

// rule is a rule of package auth, as a method expression.
type rule[In, Out any] func(*auth.Service, context.Context, auth.Caller, In) (Out, error)

// do makes a command of a rule: who asks, what is asked, the rule, the answer.
// Members that the rule does not know are the gateway's, or its clients' who
// wrote them into a body, and say nothing.
func do[In, Out any](c command, of audience, outcome auth.Outcome, f rule[In, Out]) *command {
	asks := reflect.TypeFor[In]().NumField() > 0
	c.serve = func(x *call) (e wire.Envelope, err error) {
		if err = x.read(); err != nil {
			return e, err
		}
		l := x.door.limits[c.path]
		if err = x.chargeAddress(l); err != nil {
			return e, err
		}
		if x.by, err = of(x); err != nil {
			return e, err
		}
		var in In
		if asks { // the payload as a whole has been read already
			err = wire.DecodeKnown(x.data, &in)
		}
		if err != nil {
			return e, err
		}
		if err = x.chargeCaller(l, in); err != nil {
			return e, err
		}
		out, err := f(x.door.service, x.ctx, x.by, in)
		if err != nil {
			return e, err
		}
		return wire.Success(wire.OutcomeOf(out, outcome), out, x.now()), nil
	}
	return &c
}

// chargeAddress charges a command to the client's address, where the gateway
// tells it: everybody behind one that does not would be one.
func (x *call) chargeAddress(l *quota.Limits) error {
	if l == nil || !x.from.IsValid() {
		return nil
	}
	v, err := x.door.config.Gate.Address(x.ctx, l, x.from)
	return refused(v, err)
}

// chargeCaller charges it to the account that it is about and to its tenant.
func (x *call) chargeCaller(l *quota.Limits, in any) error {
	subject := ""
	if named, ok := in.(interface{ Subject() string }); ok {
		subject = named.Subject()
	}
	v, _, err := x.door.config.Gate.Caller(x.ctx, l, x.by, subject, in)
	return refused(v, err)
}

func refused(v limit.Verdict, err error) error {
	if err != nil {
		return err
	}
	return quota.Refusal(v)
}

// commands is the table of CONTRACT.md §8.
func commands(tenants TenantAccess) []*command {
	all := authCommands()
	for _, c := range tenantCommands() {
		switch c.tenants = true; {
		case tenants == TenantsOff:
			continue
		case tenants == TenantsRead && c.changes:
			c.serve = func(*call) (wire.Envelope, error) { return wire.Envelope{}, auth.ErrForbidden }
		}
		all = append(all, c)
	}
	return all
}
