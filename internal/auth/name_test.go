package auth_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestEmail: SECURITY.md A-15, one form for an address and no form for what is
// none, or what another program might read as another one.
func TestEmail(t *testing.T) {
	local64, domain189 := strings.Repeat("a", 64), strings.Repeat("b", 60)+"."+strings.Repeat("c", 60)+"."+strings.Repeat("d", 60)+".net.exa"
	if n := len(local64) + 1 + len(domain189); n != 255 {
		t.Fatalf("the long address has %d bytes", n)
	}
	for name, c := range map[string]struct{ in, want string }{
		"plain":                    {"ann@example.com", "ann@example.com"},
		"case":                     {"Ann.LEE@Example.COM", "ann.lee@example.com"},
		"space around":             {"  ann@example.com ", "ann@example.com"},
		"full-width at":            {"ann＠example.com", "ann@example.com"},
		"small at":                 {"ann﹫example.com", "ann@example.com"},
		"full-width letters":       {"ａｎｎ@ｅｘａｍｐｌｅ.com", "ann@example.com"},
		"ideographic stop":         {"ann@example。com", "ann@example.com"},
		"IDNA":                     {"ann@BÜCHER.example", "ann@xn--bcher-kva.example"},
		"IDNA decomposed":          {"ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"},
		"IDNA as punycode":         {"ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"},
		"homograph domain":         {"ann@exаmple.com", "ann@xn--exmple-4nf.com"}, // Cyrillic а
		"dotted capital I, domain": {"ann@İstanbul.example", "ann@xn--istanbul-o0e.example"},
		"plus":                     {"ann+news@example.com", "ann+news@example.com"},
		"dots count":               {"a.n.n@example.com", "a.n.n@example.com"},
		"odd but legal":            {"o'hara/x=y@example.com", "o'hara/x=y@example.com"},
		"64 before the at":         {local64 + "@example.com", local64 + "@example.com"},
		"254 in all":               {local64[1:] + "@" + domain189, local64[1:] + "@" + domain189},

		"Kelvin sign is K":             {"\u212aim@example.com", "kim@example.com"}, // NFKC says they are one
		"255 in all":                   {local64 + "@" + domain189, ""},
		"65 before the at":             {local64 + "a@example.com", ""},
		"dotted capital I, local":      {"İan@example.com", ""}, // not ian: mail would go to another person
		"dotless i":                    {"ıan@example.com", ""},
		"long s":                       {"anneſ@example.com", "annes@example.com"},
		"homograph local":              {"аnn@example.com", ""}, // Cyrillic а
		"accent in local":              {"anné@example.com", ""},
		"empty":                        {"", ""},
		"no at":                        {"ann.example.com", ""},
		"two ats":                      {"ann@b@example.com", ""},
		"two ats, one full-width":      {"ann@b＠example.com", ""},
		"nothing before":               {"@example.com", ""},
		"nothing after":                {"ann@", ""},
		"one label":                    {"ann@localhost", ""},
		"trailing dot":                 {"ann@example.com.", ""},
		"two dots in domain":           {"ann@example..com", ""},
		"two dots":                     {"a..n@example.com", ""},
		"leading dot":                  {".ann@example.com", ""},
		"dot before the at":            {"ann.@example.com", ""},
		"quoted":                       {`"ann"@example.com`, ""},
		"quoted at":                    {`"ann@b"@example.com`, ""},
		"comment":                      {"ann(x)@example.com", ""},
		"comment in domain":            {"ann@example.com(x)", ""},
		"display name":                 {"Ann <ann@example.com>", ""},
		"comma, two recipients":        {"ann@example.com,eve@example.com", ""},
		"semicolon":                    {"ann@example.com;eve@example.com", ""},
		"space inside":                 {"an n@example.com", ""},
		"CRLF, a header":               {"ann@example.com\r\nBcc: eve@example.com", ""},
		"LF at the end":                {"ann@example.com\n", ""},
		"NUL":                          {"ann\x00@example.com", ""},
		"DEL":                          {"ann\x7f@example.com", ""},
		"not UTF-8":                    {"ann\xff@example.com", ""},
		"address literal":              {"ann@[192.0.2.1]", ""},
		"address":                      {"ann@192.0.2.1", ""},
		"number for a top-level name":  {"ann@example.123", ""},
		"hyphen at the start of label": {"ann@-example.com", ""},
		"hyphen at the end of label":   {"ann@example-.com", ""},
		"underscore in domain":         {"ann@ex_ample.com", ""},
		"label of 64":                  {"ann@" + local64 + ".com", ""},
		"broken punycode":              {"ann@xn--\u0130.com", ""},
		"megabyte":                     {strings.Repeat("a", 1<<20) + "@example.com", ""},
		"right to left":                {"ann\u202e@example.com", ""},
		"zero width":                   {"an\u200bn@example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := auth.Email(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q and error %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestUsername(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":        {"ann", "ann"},
		"case":         {"Ann.Lee", "ann.lee"},
		"space around": {" ann ", "ann"},
		"all kinds":    {"a1_b-c.d", "a1_b-c.d"},
		"two":          {"ab", "ab"},
		"64":           {strings.Repeat("a", 64), strings.Repeat("a", 64)},

		"one":              {"a", ""},
		"65":               {strings.Repeat("a", 65), ""},
		"empty":            {"", ""},
		"like a number":    {"123456", ""},
		"dashed number":    {"010-1234-5678", ""},
		"like an e-mail":   {"ann@example", ""},
		"dot at the end":   {"ann.", ""},
		"dash at first":    {"-ann", ""},
		"space":            {"an n", ""},
		"Cyrillic":         {"аnn", ""},
		"full-width":       {"ａｎｎ", ""},
		"Kelvin sign":      {"\u212aim", ""},
		"dotted capital I": {"İan", ""},
		"long s":           {"ſam", ""},
		"NUL":              {"an\x00n", ""},
		"line feed":        {"an\nn", ""},
		"accent":           {"anné", ""},
		"not UTF-8":        {"an\xffn", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := auth.Username(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q and error %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestMobile(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":           {"01012345678", "01012345678"},
		"dashes":          {"010-1234-5678", "01012345678"},
		"E.164":           {"+82 10-1234-5678", "+821012345678"},
		"six":             {"123456", "123456"},
		"fifteen":         {"123456789012345", "123456789012345"},
		"five":            {"12345", ""},
		"sixteen":         {"1234567890123456", ""},
		"empty":           {"", ""},
		"letters":         {"0101234567a", ""},
		"plus inside":     {"010+12345678", ""},
		"two pluses":      {"++821012345678", ""},
		"brackets":        {"(010)12345678", ""},
		"Arabic digits":   {"٠١٠١٢٣٤٥٦٧٨", ""},
		"full-width":      {"０１０１２３４５６７８", ""},
		"line feed":       {"01012345678\n", ""},
		"NUL":             {"010\x0012345678", ""},
		"non-break space": {"010\u00a012345678", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := auth.Mobile(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q and error %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestParseName(t *testing.T) {
	for in, want := range map[string]auth.Name{
		"Ann@Example.com":      {Kind: auth.NameEmail, Value: "ann@example.com"},
		"ann＠example.com":      {Kind: auth.NameEmail, Value: "ann@example.com"},
		"Ann.Lee":              {Kind: auth.NameUsername, Value: "ann.lee"},
		"010-1234-5678":        {Kind: auth.NameMobile, Value: "01012345678"},
		"+82 10 1234 5678":     {Kind: auth.NameMobile, Value: "+821012345678"},
		"a1":                   {Kind: auth.NameUsername, Value: "a1"},
		"":                     {},
		"12345":                {},
		"ann@":                 {},
		"' or 1=1 --":          {},
		"ann\x00":              {},
		"{\"$ne\":null}":       {},
		"ann%":                 {},
		"ann@example.com\r\nX": {},
	} {
		got, ok := auth.ParseName(in)
		if got != want || ok != (want != auth.Name{}) {
			t.Errorf("%q: got %v and %t, want %v", in, got, ok, want)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	for in, want := range map[string]string{
		"john@example.com": "j***@example.com",
		"j@example.com":    "j***@example.com",
		"@example.com":     "***@example.com",
	} {
		if got := auth.MaskEmail(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzNameHasOneForm: what a name is read as is read as itself, as the same
// kind, and is ASCII without control characters or space.
func FuzzNameHasOneForm(f *testing.F) {
	for _, s := range []string{
		"ann@example.com", "Ann＠BÜCHER.example", "İ@İ.com", "010-1234-5678", "+82 10", "Ann.Lee", "a\u0308@ß.de",
		"ann@xn--bcher-kva.example", "\u212aim", "ſ@ſſ.com", "a@\u00ad.com", "a@١٢.com", "a@ab\u200d.com", "a@xn--a.com", "¨@x.y",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind, parse := range map[string]func(string) (string, error){"e-mail": auth.Email, "username": auth.Username, "mobile": auth.Mobile} {
			once, err := parse(s)
			if err != nil {
				if once != "" {
					t.Errorf("%s %q: got %q beside the error", kind, s, once)
				}
				continue
			}
			if twice, err := parse(once); err != nil || twice != once {
				t.Errorf("%s %q: read as %q, which is read as %q (error %v)", kind, s, once, twice, err)
			}
			if strings.ContainsFunc(once, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }) || len(once) > 254 {
				t.Errorf("%s %q: read as %q", kind, s, once)
			}
		}
		name, ok := auth.ParseName(s)
		if again, still := auth.ParseName(name.Value); ok && (!still || again != name) {
			t.Errorf("name %q: read as %v, which is read as %v", s, name, again)
		}
	})
}
