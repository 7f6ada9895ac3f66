package password

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// The trap that the marked format is for: with x/crypto alone, another password
// opens the account.
func TestBcryptAloneRepeatsTheKeyAndCuts(t *testing.T) {
	for _, pair := range [][2]string{
		{"abcdefgh", "abcdefgh\x00abcdefgh"},
		{strings.Repeat("a", 72), strings.Repeat("a", 72) + "anything"},
	} {
		hash, err := bcrypt.GenerateFromPassword([]byte(pair[0]), 4)
		if err != nil {
			t.Fatal(err)
		}
		if err := bcrypt.CompareHashAndPassword(hash, []byte(pair[1])); err != nil {
			t.Errorf("bcrypt now tells %q and %q apart (%v): is the marked format still needed?", pair[0], pair[1], err)
		}
		h := newHasher(t, Config{BcryptCost: 4})
		if verify(t, h, string(hash), pair[1]).OK {
			t.Errorf("%q opens the imported hash of %q", pair[1], pair[0])
		}
		if !verify(t, h, string(hash), pair[0]).OK {
			t.Errorf("%q does not open its own hash", pair[0])
		}
		if verify(t, h, hashOf(t, h, pair[1]), pair[0]).OK {
			t.Errorf("%q opens the hash of %q", pair[0], pair[1])
		}
	}
}

func TestWhatBcryptWouldNotSeeWholeIsMarked(t *testing.T) {
	h := newHasher(t, Config{BcryptCost: 4})
	for _, tt := range []struct {
		name, plain string
		marked      bool
	}{
		{"72 bytes", strings.Repeat("a", 72), false},
		{"73 bytes", strings.Repeat("a", 73), true},
		{"72 bytes after NFC", strings.Repeat("e\u0301", 36), false},
		{"74 bytes after NFC, 72 before", strings.Repeat("\u0958", 24), true}, // composition exclusion: 3 bytes become 6
		{"37 accents", strings.Repeat("\u00e9", 37), true},
		{"a NUL", "abcdefgh\x00", true},
		{"only NUL", "\x00", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hash := hashOf(t, h, tt.plain)
			if got := strings.HasPrefix(hash, "$bcrypt-sha384$v=1$"); got != tt.marked {
				t.Errorf("marked: got %v, want %v", got, tt.marked)
			}
			if !verify(t, h, hash, tt.plain).OK {
				t.Error("does not round-trip")
			}
			for _, wrong := range []string{tt.plain + "a", tt.plain + "\x00", tt.plain[1:], strings.Repeat(tt.plain, 2)} {
				if verify(t, h, hash, wrong).OK {
					t.Errorf("%q opens it", wrong)
				}
			}
		})
	}
}

// A stolen marked hash must not be opened by what bcrypt was really given.
func TestTheKeyOfAMarkedHashIsNotItsPassword(t *testing.T) {
	h := newHasher(t, Config{BcryptCost: 4})
	plain := strings.Repeat("long ", 20)
	hash := hashOf(t, h, plain)
	found, err := parse(hash)
	if err != nil {
		t.Fatal(err)
	}
	marked := found.(bcryptSHA384)
	key := prehash(marked.salt, plain)
	if len(key) != 64 || !verify(t, h, marked.inner.text, key).OK {
		t.Error("the inner hash is not that of 64 characters of HMAC")
	}
	if verify(t, h, hash, key).OK {
		t.Error("the HMAC opens the marked hash")
	}
}

// The marked format is stored for years: this hash was made with Python's hmac
// and libxcrypt from the description at sha384Prefix.
func TestTheMarkedFormatStays(t *testing.T) {
	const hash = "$bcrypt-sha384$v=1$AAECAwQFBgcICQoLDA0ODw$2a$04$abcdefghijklmnopqrstuuZEuJbcg.CeeYNWBLIUZ0D4GzJe4gRce"
	const plain = "correct horse battery staple, and then some more words, past the cut at 72"
	if got, want := verify(t, newHasher(t, Config{BcryptCost: 4}), hash, plain), (Match{OK: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestImportedBcrypt(t *testing.T) {
	const digits72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	h := newHasher(t, tiny)
	for _, tt := range []struct{ from, hash, plain string }{
		{"crypt_blowfish", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"crypt_blowfish", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
		{"crypt_blowfish", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
		{"crypt_blowfish, 72 bytes", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", digits72},
		{"crypt_blowfish, not UTF-8", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
		{"jBCrypt", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"},
		{"pyca/bcrypt", "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", "Kk4DQuMMfZL9o"},
		{"pyca/bcrypt", "$2b$04$pQ7gRO7e6wx/936oXhNjrOUNOHL1D0h1N2IDbJZYs.1ppzSof6SPy", "9IeRXmnGxMYbs"},
		{"the PHP manual", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq", "rasmuslerdorf"},
		{"libxcrypt, composed Hangul", "$2b$05$abcdefghijklmnopqrstuubSauUiiSYdJlbXjg6HsLwTe3mmM3Vny", "비밀번호"},
	} {
		t.Run(tt.from+" "+tt.hash[:6], func(t *testing.T) {
			if got, want := verify(t, h, tt.hash, tt.plain), (Match{OK: true, Rehash: true}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			for _, wrong := range []string{tt.plain + "x", tt.plain + "\x00", tt.plain + "\x00" + tt.plain, tt.plain[1:]} {
				if verify(t, h, tt.hash, wrong).OK {
					t.Errorf("%q opens it", wrong)
				}
			}
		})
	}
}

func TestBcryptForm(t *testing.T) {
	const rest = "cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm"
	const salt = "AAAAAAAAAAAAAAAAAAAAAA"
	for hash, want := range map[string]bool{
		"$2a$04$" + rest:                               true,
		"$2b$15$" + rest:                               true,
		"$2b$31$" + rest:                               false,
		"$2y$16$" + rest:                               false,
		"$2$04$" + rest:                                false,
		"$2x$04$" + rest:                               false, // the sign bug of crypt_blowfish
		"$2c$04$" + rest:                               false,
		"$1a$04$" + rest:                               false,
		"$2a$03$" + rest:                               false,
		"$2a$32$" + rest:                               false,
		"$2a$+4$" + rest:                               false,
		"$2a$4$" + rest:                                false,
		"$2a$04." + rest:                               false,
		"$2a$04$" + rest + ".":                         false,
		"$2a$04$" + rest[1:]:                           false,
		"$2a$04$" + rest[:20] + "\n" + rest[21:]:       false,
		"$2a$04$" + rest[:20] + "+" + rest[21:]:        false,
		sha384Prefix + salt + "$2a$04$" + rest:         true,
		sha384Prefix + salt + "$2b$04$" + rest:         false, // we never write it
		sha384Prefix + salt + "$2a$15$" + rest:         true,
		sha384Prefix + salt + "$2a$16$" + rest:         false,
		sha384Prefix + salt[1:] + "$2a$04$" + rest:     false,
		sha384Prefix + salt[1:] + "B$2a$04$" + rest:    false, // spare bits
		sha384Prefix + salt[1:] + "\n$2a$04$" + rest:   false,
		sha384Prefix + salt[2:] + "==$2a$04$" + rest:   false,
		"$bcrypt-sha384$v=2$" + salt + "$2a$04" + rest: false,
		sha384Prefix:                                   false,
		"$2a$":                                         false,
	} {
		if _, err := parse(hash); (err == nil) != want {
			t.Errorf("%q: got %v, want legal %v", hash, err, want)
		}
	}
}
