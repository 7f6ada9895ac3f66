package site

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// setting is one field of a tenant's policy on a form.
type setting struct {
	Name    string
	Kind    string   // choice, number, span, text or origins
	Options []string // of a choice
	Value   string   // what the tenant decided, or what was typed; "" for nothing
	Own     bool     // the tenant decided
	Rules   string   // what holds
}

// settingGroup are settings that belong together.
type settingGroup struct {
	Name     string
	Settings []setting
}

// policyForm is the form of a policy, in the order in which it is read.
var policyForm = []settingGroup{
	{"login", []setting{
		{Name: "otp", Kind: "choice", Options: []string{"email", "new-device", "off"}},
		{Name: "lockAttempts", Kind: "number"},
		{Name: "lockMinutes", Kind: "number"},
	}},
	{"signup", []setting{
		{Name: "signUp", Kind: "choice", Options: []string{"open", "invite", "closed"}},
		{Name: "taken", Kind: "choice", Options: []string{"tell", "hide"}},
		{Name: "passwordLength", Kind: "number"},
	}},
	{"sessions", []setting{
		{Name: "maxSessions", Kind: "number"},
		{Name: "atLimit", Kind: "choice", Options: []string{"end-oldest", "refuse"}},
		{Name: "accessLife", Kind: "span"},
		{Name: "refreshLife", Kind: "span"},
		{Name: "sessionLife", Kind: "span"},
	}},
	{"browsers", []setting{
		{Name: "allowedOrigins", Kind: "origins"},
		{Name: "browserTokens", Kind: "choice", Options: []string{"true", "false"}},
	}},
	{"mail", []setting{
		{Name: "language", Kind: "choice", Options: []string{"en", "ko"}},
		{Name: "mailFrom", Kind: "text"},
	}},
}

// policySettings are the settings by name, policyFields their names on the form
// by those in the API.
var policySettings, policyFields = func() (map[string]setting, map[string]string) {
	settings, fields := map[string]setting{}, map[string]string{}
	for _, g := range policyForm {
		for _, s := range g.Settings {
			settings[s.Name], fields["policy."+s.Name] = s, s.Name
		}
	}
	return settings, fields
}()

// policyGroups is the form with what a tenant decided and what holds for it.
func policyGroups(t auth.TenantView) ([]settingGroup, error) {
	own, err := policyTexts(t.Policy)
	if err != nil {
		return nil, err
	}
	rules, err := policyTexts(t.InForce)
	if err != nil {
		return nil, err
	}
	var out []settingGroup
	for _, g := range policyForm {
		filled := settingGroup{Name: g.Name}
		for _, s := range g.Settings {
			s.Value, s.Own = own[s.Name]
			s.Rules = rules[s.Name]
			filled.Settings = append(filled.Settings, s)
		}
		out = append(out, filled)
	}
	return out, nil
}

// policyTexts is a policy as it is typed: what it leaves open is not there.
func policyTexts(p auth.Policy) (map[string]string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, value := range fields {
		switch value := value.(type) {
		case string:
			out[name] = value
		case bool:
			out[name] = strconv.FormatBool(value)
		case float64:
			out[name] = strconv.Itoa(int(value))
		case []any:
			lines := make([]string, 0, len(value))
			for _, line := range value {
				text, _ := line.(string) // that a policy has no other lists, a test sees
				lines = append(lines, text)
			}
			out[name] = strings.Join(lines, "\n")
		}
	}
	return out, nil
}

// asked is what was typed, as the API is asked for it. What is no number goes
// as it is: the API says what it should have been.
func (s setting) asked(typed string) any {
	switch {
	case s.Kind == "number":
		if n, err := strconv.Atoi(typed); err == nil {
			return n
		}
	case s.Kind == "origins":
		return strings.Fields(typed)
	case s.Name == "browserTokens":
		return typed == "true"
	}
	return typed
}

// typed is what a form says of a setting, and whether it leaves it to the
// deployment.
func (s setting) typed(v *visit) (text string, open bool) {
	text = strings.TrimSpace(v.field(s.Name))
	if s.Kind == "origins" {
		return strings.Join(strings.Fields(text), "\n"), v.field("ownOrigins") == ""
	}
	return text, text == ""
}
