package rpcd

import "github.com/latchkey/latchkey/internal/auth"

// An audience says who a command is for, and makes the caller.
type audience func(*call) (auth.Caller, error)

// anyone has not logged in.
func anyone(x *call) (auth.Caller, error) {
	return x.door.service.Anyone(x.ctx, x.origin(), "")
}

// someone has a living session: the one of the access token that came, which
// wins, else the one that the gateway names.
func someone(x *call) (auth.Caller, error) {
	switch user := x.sent.Req.User; {
	case x.sent.Token != "":
		return bearer(x)
	case user != nil:
		return x.door.service.Vouched(x.ctx, x.origin(), user.Subject, user.Session, user.Tenant)
	}
	return auth.Caller{}, auth.ErrTokenMissing
}

// bearer has sent an access token: the command is about it.
func bearer(x *call) (auth.Caller, error) {
	if x.sent.Token == "" {
		return auth.Caller{}, auth.ErrTokenMissing
	}
	return x.door.service.Authorize(x.ctx, x.origin(), x.sent.Token)
}

// holder brings a refresh token, which says by itself whose it is. A session
// that the gateway names beside it must be the token's own.
func holder(x *call) (auth.Caller, error) {
	if x.sent.Req.User == nil {
		return anyone(x)
	}
	return someone(x)
}
