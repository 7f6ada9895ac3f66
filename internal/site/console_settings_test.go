package site

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestEverySettingIsOnTheForm: a policy has no field that the form lacks.
func TestEverySettingIsOnTheForm(t *testing.T) {
	var want []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[auth.Policy]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, name)
	}
	var got []string
	for name := range policySettings {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEverySettingIsExplained, each choice by its name, in every language.
func TestEverySettingIsExplained(t *testing.T) {
	words, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range policySettings {
		keys := []string{"policy." + s.Name, "policy." + s.Name + ".hint"}
		for _, o := range s.Options {
			keys = append(keys, "policy."+s.Name+"."+o)
		}
		for _, lang := range languages {
			for _, key := range keys {
				if words[lang][key] == "" {
					t.Errorf("%s does not say %s", lang, key)
				}
			}
		}
	}
}

func TestAPolicyIsShownAsItIsTyped(t *testing.T) {
	no := false
	got, err := policyTexts(auth.Policy{
		OTP: auth.OTPDevice, LockAttempts: 5, AccessLife: auth.Span(90 * time.Minute), AllowedOrigins: []string{"https://a.example", "https://b.example"}, BrowserTokens: &no,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"otp": "new-device", "lockAttempts": "5", "accessLife": "1h30m", "allowedOrigins": "https://a.example\nhttps://b.example", "browserTokens": "false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	asked := map[string]any{}
	for name, text := range got {
		asked[name] = policySettings[name].asked(text)
	}
	text, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	var back auth.Policy
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := policyTexts(back)
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestNoPictureIsAScript: what a form sends back as a picture is shown as one
// only.
func TestNoPictureIsAScript(t *testing.T) {
	for _, logo := range []string{"", "javascript:alert(1)", "data:text/html;base64,AAAA", "data:image/svg+xml;base64,AAAA", "data:image/png;base64,A\" onload=\"x", "data:image/png;base64,"} {
		if got := (preview{Logo: logo}).Picture(); got != "" {
			t.Errorf("%q is shown", logo)
		}
	}
	if got := (preview{Logo: "data:image/png;base64,iVBORw0="}).Picture(); got == "" {
		t.Error("a picture is not shown")
	}
}
