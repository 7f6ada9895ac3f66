package mail

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const canary = "739105"

const linkCanary = "https://id.latchkey.example/auth/unlock?token=Zk3vQ-canary_0aB9cD8eF7gH6iJ5kL4mN3oP2qR1sT0uV"

// codeMessage is the message most tests send.
func codeMessage() auth.Message {
	return auth.Message{
		ID: "01977e1c-3f6a-7c1e-9d2b-5a6b7c8d9e0f", Kind: auth.MessageLoginCode, Name: "Minji Kim",
		Email: "minji.kim@example.com", Language: "en", TenantName: "Acme",
		Facts: auth.Facts{
			Code: canary, Life: 5 * time.Minute, Device: "Firefox on Android", Address: "203.0.113.7",
			At: time.Date(2026, 1, 31, 9, 26, 45, 0, time.UTC),
		},
	}
}

func newRenderer(t *testing.T) *Renderer {
	t.Helper()
	r, err := NewRenderer(Config{AppName: "Latchkey", From: "no-reply@latchkey.example"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, m auth.Message) Letter {
	t.Helper()
	l, err := newRenderer(t).Write(m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
