package main

import (
	"strings"
	"testing"
)

func TestNestWithin(t *testing.T) {
	text := func(fast, all string) string {
		return `# HELP latchkey_nest_request_seconds Time from the command to its answer.
latchkey_nest_request_seconds_bucket{command="auth.login",le="0.0002"} 1
latchkey_nest_request_seconds_bucket{command="auth.session.validate",le="0.0001"} 2
latchkey_nest_request_seconds_bucket{command="auth.session.validate",le="0.0002"} ` + fast + `
latchkey_nest_request_seconds_sum{command="auth.session.validate"} 4
latchkey_nest_request_seconds_count{command="auth.session.validate"} ` + all + "\n"
	}
	before, err := readWithin(strings.NewReader(text("10", "100")))
	if err != nil {
		t.Fatal(err)
	}
	after, err := readWithin(strings.NewReader(text("1.0e+03", "1100")))
	if err != nil {
		t.Fatal(err)
	}
	if got := after.since(before); got != 99 {
		t.Errorf("got %v %%, want 99", got)
	}
	if got := before.since(before); got != 0 {
		t.Errorf("of none: got %v %%", got)
	}
	for name, wrong := range map[string]string{"nothing": "", "no number": text("1", "many"), "another page": "<html>"} {
		if w, err := readWithin(strings.NewReader(wrong)); err == nil {
			t.Errorf("%s: got %+v and no error", name, w)
		}
	}
}
