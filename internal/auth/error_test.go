package auth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestCatalogue: every error is there, with a code for programs and a text for
// people. Two of one kind and code are one answer to programs, in other words.
func TestCatalogue(t *testing.T) {
	code := regexp.MustCompile(`^[A-Z][A-Z_]*[A-Z]$`)
	seen := map[string]bool{}
	for _, e := range auth.Errors() {
		if seen[e.Text] {
			t.Errorf("%s: there are two with the text %q", e.Code, e.Text)
		}
		seen[e.Text] = true
		if !code.MatchString(e.Code) || !strings.HasSuffix(e.Text, ".") || strings.TrimSpace(e.Text) != e.Text {
			t.Errorf("%s: text %q", e.Code, e.Text)
		}
		if e.Error() != e.Code && e != auth.ErrShared {
			t.Errorf("%s: prints as %q, or is declared with a meta", e.Code, e.Error())
		}
		if (e.Kind == auth.KindInternal) != (e == auth.ErrInternal) {
			t.Errorf("%s: has the kind of a fault", e.Code)
		}
		for _, other := range auth.Errors() {
			if errors.Is(e, other) != (e.Kind == other.Kind && e.Code == other.Code) {
				t.Errorf("%s is %s", e.Code, other.Code)
			}
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	must(t, err)
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Err") {
			declared += len(v.Names)
		}
		return true
	})
	if declared != len(auth.Errors()) {
		t.Errorf("%d errors are declared, %d are in the catalogue", declared, len(auth.Errors()))
	}
}

// TestWithChangesNothing: the declared errors stay as they are.
func TestWithChangesNothing(t *testing.T) {
	left := 3
	e := auth.ErrOTPWrong.With(auth.Meta{Reason: "because", AttemptsLeft: &left})
	if auth.ErrOTPWrong.Meta.Reason != "" || auth.ErrOTPWrong.Meta.AttemptsLeft != nil {
		t.Error("the declared error has changed")
	}
	if !errors.Is(e, auth.ErrOTPWrong) || errors.Is(e, auth.ErrOTPGone) || errors.Is(e, errors.New("x")) || e.Text != auth.ErrOTPWrong.Text {
		t.Error("the copy is another error")
	}
	if e.Error() != "INVALID_OTP (because)" {
		t.Errorf("prints as %q", e.Error())
	}
}

// TestSecretsPrintAsRedacted: whatever prints them, alone or inside something.
func TestSecretsPrintAsRedacted(t *testing.T) {
	const canary = "canary-5f1d"
	type holder struct {
		Password auth.Secret
		Token    auth.Token
		Pointer  *auth.Secret
	}
	s, k := auth.Secret(canary), auth.Token(canary)
	values := map[string]any{
		"secret": s, "token": k, "pointer": &s, "struct": holder{s, k, &s}, "map": map[string]auth.Secret{"a": s},
		"slice": []auth.Token{k}, "sign-in": auth.SignInInput{Password: s, DeviceToken: s},
		"grant": auth.Grant{AccessToken: k, RefreshToken: k, DeviceToken: k}, "user": auth.User{PasswordHash: s},
		"origin": auth.Origin{Device: s, Replaces: s}, "refresh": auth.RefreshInput{RefreshToken: s},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, canary) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", []byte(canary))) {
				t.Errorf("%s with %s: got %s", name, verb, got)
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", v, slog.Group("g", "v", v))
		if strings.Contains(b.String(), canary) {
			t.Errorf("%s in slog text: got %s", name, b.String())
		}
	}
	for _, v := range []any{s, k, &s} {
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", v, slog.Group("g", "v", v))
		if strings.Contains(b.String(), canary) {
			t.Errorf("%T in slog JSON: got %s", v, b.String())
		}
	}
	for _, want := range []string{fmt.Sprint(s), fmt.Sprint(k), fmt.Sprintf("%#v", s), fmt.Sprintf("%#v", k)} {
		if want != "[redacted]" {
			t.Errorf("got %s, want [redacted]", want)
		}
	}
	for name, v := range map[string]any{"secret": s, "input": auth.SignInInput{Password: s}, "user": auth.User{PasswordHash: s}} {
		got, err := json.Marshal(v)
		must(t, err)
		if strings.Contains(string(got), canary) || !strings.Contains(string(got), "[redacted]") {
			t.Errorf("%s in JSON: got %s", name, got)
		}
	}
	if s.Reveal() != canary {
		t.Error("Reveal: got another value")
	}
	var in auth.SignInInput
	must(t, json.Unmarshal([]byte(`{"password":"`+canary+`"}`), &in))
	if in.Password != canary {
		t.Error("a secret cannot be read from JSON")
	}
}

// TestTokensAreWrittenIntoAnswers: where they belong, and nowhere else.
func TestTokensAreWrittenIntoAnswers(t *testing.T) {
	got, err := json.Marshal(auth.Grant{AccessToken: "an-access-token"})
	must(t, err)
	if !strings.Contains(string(got), `"accessToken":"an-access-token"`) {
		t.Errorf("got %s", got)
	}
}
