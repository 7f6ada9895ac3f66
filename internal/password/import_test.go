package password

import (
	"errors"
	"strings"
	"testing"
	"testing/quick"
)

// Of RFC 7914 §12 and, the others, of Python's hashlib; bcrypt's is of its own
// test suite.
var imported = map[string]string{ // hash, password
	"$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw":      "pleaseletmein",
	"$scrypt$ln=10,r=8,p=2$TmFDbE5hQ2xOYUNs$vfvkTL0/5ocWQhB42/f4T1G9Q+dljp7w8+hHmANIkZU":                                                    "password",
	"$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0c2FsdPv/$ImZZdGTzQPS0LgxsINgnTtSNb9hTbK6jZtfojBw0y+s":                                            "password",
	"$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdPv/$ImZZdGTzQPS0LgxsINgnTtSNb9hTbK6jZtfojBw0y+s":                                       "password",
	"$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdPv/$ImZZdGTzQPS0LgxsINgnTtSNb9hTbK6jZtfojBw0y.s":                                              "password",
	"$pbkdf2-sha512$i=1000$c2FsdHNhbHRzYWx0c2FsdPv/$VOe9wH78CR7t74JArwBeeqCa8QRJQYAgoO1g9hvvgl/NV+YdANq8C49y50JdogRCQMEEBRsNeSb4/D8ZiGCyMQ": "password",
	"$pbkdf2-sha512$1000$c2FsdHNhbHRzYWx0c2FsdPv/$VOe9wH78CR7t74JArwBeeqCa8QRJQYAgoO1g9hvvgl/NV.YdANq8C49y50JdogRCQMEEBRsNeSb4/D8ZiGCyMQ":   "password",
	"pbkdf2_sha256$1000$seasalt2abcd$FNngQFxSadOHu/rApqGYjEHRMuqM7pIp2AeKVJmsuX4=":                                                          "password",
	"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4":                                                  "password",
	"$2b$04$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui":                                                                          "",
}

func TestImportedHashesOpen(t *testing.T) {
	h := newHasher(t, tiny)
	for hash, plain := range imported {
		if err := Check(hash); err != nil {
			t.Errorf("%s: %v", hash, err)
		}
		if plain == "" {
			continue
		}
		if got, want := verify(t, h, hash, plain), (Match{OK: true, Rehash: true}); got != want {
			t.Errorf("%s: got %+v, want %+v", hash, got, want)
		}
		if verify(t, h, hash, plain+"x").OK {
			t.Errorf("%s: opened by a wrong password", hash)
		}
	}
}

// What would take too long is refused with what is too high, and by Verify too.
func TestCostlyHashesAreRefused(t *testing.T) {
	const scryptEnd, pbkdf2End = "$TmFDbE5hQ2xOYUNs$vfvkTL0/5ocWQhB42/f4T1G9Q+dljp7w8+hHmANIkZU", "$c2FsdHNhbHRzYWx0c2FsdPv/$ImZZdGTzQPS0LgxsINgnTtSNb9hTbK6jZtfojBw0y+s"
	h := newHasher(t, tiny)
	for hash, want := range map[string]string{
		"$scrypt$ln=21,r=1,p=1" + scryptEnd:                            "scrypt ln is 21, at most 20",
		"$scrypt$ln=62,r=8,p=1" + scryptEnd:                            "scrypt ln is 62",
		"$scrypt$ln=18,r=16,p=1" + scryptEnd:                           "scrypt memory is 512 MiB, at most 256 MiB",
		"$scrypt$ln=4,r=33,p=1" + scryptEnd:                            "scrypt r is 33",
		"$scrypt$ln=4,r=8,p=17" + scryptEnd:                            "scrypt p is 17",
		"$pbkdf2-sha256$i=5000001" + pbkdf2End:                         "PBKDF2 iterations is 5000001, at most 5000000",
		"$2b$16$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui": "bcrypt cost is 16, at most 15",
	} {
		err := Check(hash)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hash[len(hash)-20:]) {
			t.Errorf("%s: %v, want %q and nothing of the hash", hash, err, want)
		}
		if strings.HasPrefix(hash, "$2b$") { // which earlier releases may have stored
			continue
		}
		if _, err := h.Verify(t.Context(), "t", hash, "x"); !errors.Is(err, ErrHashFormat) {
			t.Errorf("%s: Verify: %v, want ErrHashFormat", hash, err)
		}
	}
}

func TestMalformedImportsAreRefused(t *testing.T) {
	const salt, key = "c2FsdHNhbHRzYWx0c2FsdPv/", "ImZZdGTzQPS0LgxsINgnTtSNb9hTbK6jZtfojBw0y+s"
	for _, hash := range []string{
		"", "x", "$scrypt$", "$pbkdf2-sha256$", "pbkdf2_sha256$", "{SSHA}abc", "5f4dcc3b5aa765d61d8327deb882cf99", "$1$abc$def", "$6$salt$hash", "$argon2i$v=19$m=8,t=1,p=1$" + salt + "$" + key,
		"$scrypt$ln=+4,r=8,p=1$" + salt + "$" + key, "$scrypt$ln=4,r=8,p=1$" + salt + "$" + key + "=", "$scrypt$ln=0,r=8,p=1$" + salt + "$" + key,
		"$scrypt$ln=4,r=8,p=1,x=1$" + salt + "$" + key, "$scrypt$ln=4,r=8,p=1$c2E$" + key, "$scrypt$ln=4,r=8,p=1$" + salt + "$AAAA",
		"$pbkdf2-sha256$i=999$" + salt + "$" + key, "$pbkdf2-sha256$i=01000$" + salt + "$" + key, "$pbkdf2-sha256$i=1000,l=31$" + salt + "$" + key,
		"$pbkdf2-sha256$i=1e6$" + salt + "$" + key, "$pbkdf2-sha256$-1000$" + salt + "$" + key, "$pbkdf2-sha1$i=1000$" + salt + "$" + key,
		"$pbkdf2-sha256$i=1000$" + salt + "$" + key + "\n", "pbkdf2_sha256$1000$short$" + key + "=", "pbkdf2_sha256$1000$seasalt2abcd$" + key,
	} {
		if err := Check(hash); !errors.Is(err, errImport) {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

// No text makes Check panic, and none that is cut is taken for whole.
func TestCheckHoldsAgainstAnything(t *testing.T) {
	if err := quick.Check(func(s string) bool { return Check(s) != nil }, nil); err != nil {
		t.Error(err)
	}
	for hash := range imported {
		for i := range len(hash) - 1 {
			if found, err := parse(hash[:i]); err == nil {
				if _, whole := found.(pbkdf2Hash); !whole && !strings.HasPrefix(hash, "$argon") && !strings.HasPrefix(hash, "$scrypt") {
					t.Errorf("%q is taken", hash[:i])
				}
			}
		}
	}
}
