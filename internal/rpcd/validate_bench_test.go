package rpcd_test

import (
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/rpcd"
)

// BenchmarkValidate is what a gateway's guard asks at every request, without the
// network.
func BenchmarkValidate(b *testing.B) {
	w := newWorld(b, func(c *rpcd.Config) { c.Log = slog.New(slog.DiscardHandler) })
	p := w.join(b, other)
	data, err := json.Marshal(object{"token": p.AccessToken, "tenantId": p.Tenant, "userId": p.ID, "sid": p.SessionID})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.door.Serve(b.Context(), nest.Request{Command: "auth.session.validate", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}
