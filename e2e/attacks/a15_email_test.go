package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestA15EmailIdentity: an address has one form under which its account is
// found, and mail goes to the address that is stored, to nobody beside it.
func TestA15EmailIdentity(t *testing.T) {
	t.Parallel()
	s := start(t, usual())
	v, c := judge(t), s.client()
	victim := person{Name: "Ann Lee", Email: "ann.lee@example.com", Password: "quiet-orbit-42-harbour"}
	secret(victim.Password)
	c.want(t, "USER_CREATED", victim.signUp())
	var want []string
	for _, tt := range spelledEmails {
		if tt.stored != "" {
			want = append(want, tt.stored)
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	each(spelledEmails, func(tt spelledEmail) {
		p := person{Name: "Mallory", Email: tt.given, Password: newPerson().Password}
		if a := c.must(t, p.signUp()); tt.stored == "" && a.Meta.Code != "VALIDATION_FAILED" {
			v.breach(tt.name, "%q is taken for an address: %v", tt.given, a)
		}
	})
	stored := s.rows("SELECT email FROM users ORDER BY email")
	if got := strings.Join(stored, " "); got != strings.Join(want, " ") {
		v.breach("accounts", "there are %q, want %q", stored, want)
	}
	each(spelledEmails, func(tt spelledEmail) { // who knows the password is let in by any spelling, and by no other name
		p := person{Email: tt.given, Password: victim.Password}
		a := c.must(t, p.logIn())
		if (a.Meta.Code == "OTP_SENT") != (tt.stored == victim.Email) {
			v.breach(tt.name, "with the victim's password %q gets %v", tt.given, a)
		}
	})
	for _, l := range s.letters(t, "") {
		if !slices.Contains(stored, l.To) {
			v.breach("mail", "a letter went to %q, which is no account's address", l.To)
		}
	}
	if n := len(s.letters(t, victim.Email)); n < 2 {
		t.Errorf("the victim has %d letters, want the codes", n)
	}
}

type spelledEmail struct {
	name, given string
	stored      string // under which it is found; "": it is none
}

var spelledEmails = append([]spelledEmail{
	{"itself", "ann.lee@example.com", "ann.lee@example.com"},
	{"upper case", "ANN.LEE@EXAMPLE.COM", "ann.lee@example.com"},
	{"mixed case", "Ann.Lee@Example.Com", "ann.lee@example.com"},
	{"spaces around", "  ann.lee@example.com ", "ann.lee@example.com"},
	{"no-break space around", "\u00a0ann.lee@example.com", "ann.lee@example.com"},
	{"full-width letters", "ａｎｎ.lee@example.com", "ann.lee@example.com"},
	{"full-width at", "ann.lee＠example.com", "ann.lee@example.com"},
	{"full-width dot in the domain", "ann.lee@example．com", "ann.lee@example.com"},
	{"ideographic dot in the domain", "ann.lee@example。com", "ann.lee@example.com"},
	{"mathematical letters", "𝖆𝖓𝖓.lee@example.com", "ann.lee@example.com"},
	{"small at", "ann.lee﹫example.com", "ann.lee@example.com"},
	{"Kelvin sign, which Unicode says is a K", "ann.lee\u212a@example.com", "ann.leek@example.com"},
	{"with a tag", "ann.lee+tag@example.com", "ann.lee+tag@example.com"},
	{"without the dot", "annlee@example.com", "annlee@example.com"},
	{"subdomain", "ann.lee@mail.example.com", "ann.lee@mail.example.com"},
	{"IDNA domain", "ann.lee@exämple.com", "ann.lee@xn--exmple-cua.com"},
	{"IDNA domain, decomposed", "ann.lee@exa\u0308mple.com", "ann.lee@xn--exmple-cua.com"},
	{"IDNA domain, as ASCII", "ann.lee@xn--exmple-cua.com", "ann.lee@xn--exmple-cua.com"},
	{"254 bytes", strings.Repeat("a", 64) + "@" + longDomain(189), strings.Repeat("a", 64) + "@" + longDomain(189)},
}, refusedEmails()...)

// longDomain is a domain of n bytes, in legal labels.
func longDomain(n int) string {
	d := "com"
	for left := n - len(d); left > 0; left = n - len(d) {
		d = strings.Repeat("b", min(50, left-1)) + "." + d
	}
	return d
}

// refusedEmails are taken for an address by some parser, and by some for
// another's.
func refusedEmails() (all []spelledEmail) {
	for i, given := range []string{
		"аnn.lee@example.com", "ann.lеe@example.com", "\u0130ann@example.com", "ann.le\u0301e@example.com", "änn.lee@example.com", "ann\u200b.lee@example.com",
		"ann.lee\u00ad@example.com", "\u202eann.lee@example.com", `"ann.lee"@example.com`, `"ann lee"@example.com`, `"ann.lee@example.com"@evil.test`, "ann.lee(comment)@example.com", "(c)ann.lee@example.com",
		"ann.lee@(c)example.com", "Ann <ann.lee@example.com>", "<ann.lee@example.com>", "ann.lee@example.com,mallory@evil.test", "mallory@evil.test,ann.lee@example.com", "ann.lee@example.com;mallory@evil.test",
		"ann.lee@example.com mallory@evil.test", "ann.lee@example.com\r\nBcc: mallory@evil.test", "ann.lee@example.com\nBcc: mallory@evil.test", "ann.lee\r\n@example.com", "ann.lee@example.com\x00.evil.test",
		"ann.lee\x00@example.com", "ann.lee@example.com\x00", "ann.lee@@example.com", "ann.lee@evil.test@example.com", "ann.lee＠evil.test@example.com", "ann.lee@example.com.", "ann.lee.@example.com", ".ann.lee@example.com", "ann..lee@example.com",
		"ann.lee@example..com", "ann.lee@.example.com", "ann.lee@-example.com", "ann.lee@example", "ann.lee@[127.0.0.1]", "ann.lee@127.0.0.1", "ann.lee@[IPv6:::1]", "ann.lee@0x7f.1", "ann.lee@localhost",
		"ann.lee", "@example.com", "ann.lee@", "", " ", "mailto:ann.lee@example.com", "ann.lee@example.com?cc=mallory@evil.test", "ann.lee%40example.com", "ann.lee@example.com/", "ann.lee@exam ple.com", "ann.lee@example.com:25",
		"ann.lee!evil@example.com@x", "ann.lee\\@example.com", "ann.lee@xn--\u0000.com", "ann.lee@xn--a-.com", "ann.lee@ex\u2060ample.com.evil..test",
		strings.Repeat("a", 65) + "@example.com", strings.Repeat("a", 64) + "@" + longDomain(190), strings.Repeat("a", 300) + "@example.com", "ann.lee@" + strings.Repeat("c", 64) + ".com", strings.Repeat("a.", 400) + "@example.com",
	} {
		all = append(all, spelledEmail{name: fmt.Sprintf("none, number %d", i), given: given})
	}
	return all
}
