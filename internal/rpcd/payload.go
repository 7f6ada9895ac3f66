package rpcd

import (
	"cmp"
	"encoding/json"
	"net/netip"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// payload is what a gateway adds to the body that it passes on
// (SEED-SYSTEMS.md §2.4). The body is spread in beside it, so that only what the
// gateway writes last is its own word: tenantId and req.
type payload struct {
	Tenant string      `json:"tenantId"`
	Token  auth.Secret `json:"token"`
	Agent  string      `json:"user-agent"` // of older gateways
	Req    struct {
		User    *claimed        `json:"user"`
		IP      json.RawMessage `json:"ip"` // of older gateways
		Headers struct {
			Agent string          `json:"user-agent"`
			Host  json.RawMessage `json:"host"` // the client's address, or a number that means nothing
		} `json:"headers"`
	} `json:"req"`
}

// claimed are the claims of the access token that the gateway checked. The
// others are looked up.
type claimed struct {
	Subject string `json:"sub"`
	Session string `json:"sid"`
	Tenant  string `json:"tenantId"`
}

// read reads what the gateway says of the request.
func (x *call) read() error {
	err := wire.DecodeKnown(x.data, &x.sent)
	x.from = x.sent.address()
	return err
}

// address is where the client is, if the gateway says so.
func (p *payload) address() netip.Addr {
	for _, raw := range []json.RawMessage{p.Req.IP, p.Req.Headers.Host} {
		var text string
		if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
			continue
		}
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			return a.Unmap()
		}
	}
	return netip.Addr{}
}

// origin is what the rules learn of the request beside its credentials.
func (x *call) origin() auth.Origin {
	o := auth.Origin{
		TenantSlug: x.sent.Tenant, Agent: cmp.Or(x.sent.Req.Headers.Agent, x.sent.Agent), RequestID: x.id, Relayed: true,
	}
	if x.command.login {
		o.DeviceName = x.door.config.DeviceName(o.Agent)
	}
	if x.from.IsValid() {
		o.Addr, o.Relayed = x.from.String(), false
	}
	return o
}
