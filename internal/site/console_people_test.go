package site

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// korean is a visit of somebody who reads Korean.
func korean(t *testing.T) *visit {
	t.Helper()
	words, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	return &visit{Site: &Site{words: words}, lang: "ko"}
}

// TestActionsHaveWords: who filters the record reads what happened, not names
// that programs know.
func TestActionsHaveWords(t *testing.T) {
	v := korean(t)
	for _, a := range actions {
		for _, lang := range languages {
			if v.words[lang]["action."+string(a)] == "" {
				t.Errorf("%s has no words in %s", a, lang)
			}
		}
	}
	if got := v.Deed("news.of_tomorrow"); got != "news.of_tomorrow" {
		t.Errorf("what a newer service wrote down is %q", got)
	}
}

func TestReasonsInWords(t *testing.T) {
	v := korean(t)
	for name, tt := range map[string]struct {
		action auth.Action
		reason string
		want   string
	}{
		"a role that every tenant has":    {auth.ActionUserMade, "admin", "관리자"},
		"one of the tenant's own":         {auth.ActionInvited, "billing", "billing"},
		"another role":                    {auth.ActionUserRole, "user to billing", "일반 사용자 → billing"},
		"fields and a state":              {auth.ActionUserChanged, "name status=disabled shoe", "이름, 사용 중지, shoe"},
		"the same word of something else": {auth.ActionLocked, "admin", "직접 처리"},
		"one that nobody knows":           {auth.ActionLocked, "moon", "moon"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := v.Why(happening{EventView: auth.EventView{Action: tt.action, Reason: tt.reason}}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNumberedProblems: a policy decides about the number, so that there are no
// words for each.
func TestNumberedProblems(t *testing.T) {
	v := korean(t)
	for text, want := range map[string]string{
		"must have at least 12 characters":   "12자 이상이어야 합니다",
		"must have at most 100 permissions":  "권한은 100개까지 쓸 수 있습니다",
		"must have at least some characters": "must have at least some characters",
		"must be 7":                          "must be 7",
		"is taken":                           "이미 사용 중입니다",
	} {
		if got := v.problem(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestSeveral(t *testing.T) {
	got := several(" invoices:read, invoices:write\r\n\torders:read ,")
	if diff := cmp.Diff([]string{"invoices:read", "invoices:write", "orders:read"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestInstant(t *testing.T) {
	at := time.Date(2026, 11, 3, 9, 5, 7, 0, time.FixedZone("KST", 9*3600))
	if got, want := korean(t).Instant(at), "2026-11-03 00:05:07 UTC"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
