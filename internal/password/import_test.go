package password

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

const plainVector = "correct horse battery"

// Hashes of other programs, and their passwords. Where no source is named,
// Python's hashlib made them, which is OpenSSL.
var imported = map[string]string{
	// RFC 7914 §12; passlib's manual and test suite; hashcat's example of Django.
	"$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw":    "pleaseletmein",
	"$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E":                                            "password",
	"$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ":                                              "password",
	"$pbkdf2-sha512$1212$RHY0Fr3IDMSVO/RSZyb5ow$eNLfBK.eVozomMr.1gYa17k9B7KIK25NOEshvhrSX.esqY3s.FvWZViXz4KoLlQI.BzY/YTNJOiKc5gBYFYGww":   "password",
	"pbkdf2_sha256$20000$H0dPx8NeajVu$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=":                                                       "hashcat",
	"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4":                                                "password",
	"$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm":                                                                        "Kk4DQuMMfZL9o",
	"$scrypt$ln=10,r=8,p=2$TmFDbE5hQ2xOYUNs$vfvkTL0/5ocWQhB42/f4T1G9Q+dljp7w8+hHmANIkZU":                                                  "password",
	"$scrypt$ln=4,r=8,p=1$+/++AAECAwQFBgcICQoLDA$c9S5LA7JaN4oJ4QAaJo4tf79kpB5G6JHtU408wF3YIw":                                             plainVector,
	"$scrypt$ln=4,r=8,p=1$./..AAECAwQFBgcICQoLDA$c9S5LA7JaN4oJ4QAaJo4tf79kpB5G6JHtU408wF3YIw":                                             plainVector,
	"$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0":                                            plainVector,
	"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0":                                       plainVector,
	"$pbkdf2-sha512$i=1000$AAECAwQFBgcICQoLDA0ODw$ToxFUi5y3fprZRW/V6CupR2uIDYfuy5rlsF9Z4E648lE68lw5lzmucru/HdPvmBJDSLroVh1Q2xCvjqd8NI/6Q": plainVector,
	"pbkdf2_sha256$1000$saltsaltsalt$J4zQ8I/HLyowKErKlMaJSKRF81+E7M8MhI8X17VTw8Y=":                                                        "비밀번호 café",
}

func TestImportedHashesOpen(t *testing.T) {
	h := newHasher(t, tiny)
	for hash, plain := range imported {
		t.Run(hash[:min(len(hash), 24)], func(t *testing.T) {
			if err := Check(hash); err != nil {
				t.Error(err)
			}
			if got, want := verify(t, h, hash, plain), (Match{OK: true, Rehash: true}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			// HMAC alone takes a password and the same with NUL behind it for one.
			for _, wrong := range []string{plain + "x", plain + "\x00"} {
				if got := verify(t, h, hash, wrong); got != (Match{}) {
					t.Errorf("%q: got %+v, want no match", wrong, got)
				}
			}
		})
	}
}

// As with every other form: only NFC is tried, and what is typed is brought to it.
func TestImportedHashesOpenHoweverAccentsAreTyped(t *testing.T) {
	const hash = "pbkdf2_sha256$1000$saltsaltsalt$J4zQ8I/HLyowKErKlMaJSKRF81+E7M8MhI8X17VTw8Y="
	if !verify(t, newHasher(t, tiny), hash, "비밀번호 cafe\u0301").OK {
		t.Error("decomposed text does not open the hash of composed text")
	}
}

// The vectors whose salts or iterations are too poor to be imported: RFC 7914
// §11 (the first 32 bytes) and §12.
func TestTheVectorsOfRFC7914(t *testing.T) {
	key := func(text string) []byte {
		b, ok := decodeForeign(text)
		if !ok {
			t.Fatalf("%q is no base64", text)
		}
		return b
	}
	for plain, s := range map[string]stored{
		"passwd":   pbkdf2Hash{digest: sha256Digest(), iterations: 1, salt: []byte("salt"), key: key("VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw")},
		"Password": pbkdf2Hash{digest: sha256Digest(), iterations: 80000, salt: []byte("NaCl"), key: key("TdzY9guYviGDDO5e8icB+WQaRBjQTAQUrv8Ih2s0q1Y")},
		"":         scryptHash{log: 4, block: 1, lanes: 1, key: key("d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEL80Aad7QlI+DJqdToPyB8X6NPg+y4NNijPNeIMONGJBg")},
		"password": scryptHash{log: 10, block: 8, lanes: 16, salt: []byte("NaCl"), key: key("/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA")},
	} {
		if !s.matches(plain) {
			t.Errorf("%T is not opened by %q", s, plain)
		}
		if s.matches(plain + "x") {
			t.Errorf("%T is opened by more than %q", s, plain)
		}
	}
}

const (
	aSalt = "AAECAwQFBgcICQoLDA0ODw"
	aKey  = "AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0"
)

// refused are hashes of a known form with a parameter out of bounds.
var refused = map[string]string{
	"$2b$16$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm":                        "bcrypt cost too high: 16, at most 15",
	"$2b$03$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm":                        "bcrypt cost too low: 3, at least 4",
	sha384Prefix + aSalt + "$2a$31$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm": "bcrypt cost too high: 31, at most 15",
	"$argon2id$v=19$m=262145,t=1,p=1$" + aSalt + "$" + aKey:                               "argon2id m in KiB too high: 262145, at most 262144",
	"$argon2id$v=19$m=15,t=1,p=2$" + aSalt + "$" + aKey:                                   "argon2id m in KiB too low: 15, at least 16",
	"$argon2id$v=19$m=64,t=17,p=1$" + aSalt + "$" + aKey:                                  "argon2id t too high: 17, at most 16",
	"$argon2id$v=19$m=4096,t=1,p=17$" + aSalt + "$" + aKey:                                "argon2id p too high: 17, at most 16",
	"$scrypt$ln=0,r=8,p=1$" + aSalt + "$" + aKey:                                          "scrypt ln too low: 0, at least 1",
	"$scrypt$ln=62,r=8,p=1$" + aSalt + "$" + aKey:                                         "scrypt ln too high: 62, at most 21",
	"$scrypt$ln=4,r=0,p=1$" + aSalt + "$" + aKey:                                          "scrypt r too low: 0, at least 1",
	"$scrypt$ln=4,r=33,p=1$" + aSalt + "$" + aKey:                                         "scrypt r too high: 33, at most 32",
	"$scrypt$ln=4,r=8,p=17$" + aSalt + "$" + aKey:                                         "scrypt p too high: 17, at most 16",
	"$scrypt$ln=18,r=9,p=1$" + aSalt + "$" + aKey:                                         "scrypt memory (128·N·r) in bytes too high: 301989888, at most 268435456",
	"$scrypt$ln=18,r=8,p=5$" + aSalt + "$" + aKey:                                         "scrypt work (N·r·p) too high: 10485760, at most 8388608",
	"$pbkdf2-sha256$i=999$" + aSalt + "$" + aKey:                                          "PBKDF2 iterations too low: 999, at least 1000",
	"$pbkdf2-sha512$5000001$" + aSalt + "$" + aKey:                                        "PBKDF2 iterations too high: 5000001, at most 5000000",
	"pbkdf2_sha256$9223372036854775807$saltsalt$" + aKey + "=":                            "PBKDF2 iterations too high: 9223372036854775807, at most 5000000",
	"$pbkdf2-sha256$i=2500001$" + aSalt + "$" + strings.Repeat("AAAA", 11):                "PBKDF2 iterations times blocks of the key too high: 5000002, at most 5000000",
	"$pbkdf2-sha256$i=1000$AAAAAAAAAA$" + aKey:                                            "salt length in bytes too low: 7, at least 8",
	"pbkdf2_sha256$1000$" + strings.Repeat("s", 65) + "$" + aKey + "=":                    "salt length in bytes too high: 65, at most 64",
	"$scrypt$ln=4,r=8,p=1$" + aSalt + "$AAAAAAAAAAAAAAAAAAAA":                             "key length in bytes too low: 15, at least 16",
	"$pbkdf2-sha512$i=1000$" + aSalt + "$" + strings.Repeat("AAAA", 21) + "AAA":           "key length in bytes too high: 65, at most 64",
}

func TestOutOfBoundsIsSaidPlainly(t *testing.T) {
	for hash, want := range refused {
		err := Check(hash)
		if err == nil || err.Error() != want || !errors.Is(err, ErrHashFormat) {
			t.Errorf("%.50s: got %v, want %s", hash, err, want)
		}
	}
}

// The costs at the bounds are legal: they are parsed here, not computed.
func TestTheBoundsThemselvesAreLegal(t *testing.T) {
	for _, hash := range []string{
		"$2y$15$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
		"$argon2id$v=19$m=262144,t=16,p=16$" + aSalt + "$" + aKey,
		"$scrypt$ln=18,r=8,p=4$" + aSalt + "$" + aKey,
		"$scrypt$ln=21,r=1,p=4$" + aSalt + "$" + aKey,
		"$scrypt$ln=15,r=16,p=16$" + aSalt + "$" + aKey,
		"$pbkdf2-sha256$i=5000000$" + aSalt + "$" + aKey,
		"$pbkdf2-sha256$i=2500000$" + aSalt + "$" + strings.Repeat("AAAA", 11),
	} {
		found, err := parse(hash)
		if err != nil {
			t.Errorf("%.40s: %v", hash, err)
			continue
		}
		// The smallest pool has room for it, or it would wait for ever.
		if n := found.needs(); n.memory > maxMemory || found.about() > dearest {
			t.Errorf("%.40s: needs %+v, takes %v", hash, n, found.about())
		}
	}
}

// dearest is the longest that a legal hash may keep a core busy.
const dearest = 4 * time.Second

// A refused hash does not get as far as the pool, which would see that the
// caller has gone.
func TestWhatCheckRefusesIsNotHashed(t *testing.T) {
	h := newHasher(t, tiny)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for hash := range refused {
		if _, err := h.Verify(gone, "acme", hash, "x"); !errors.Is(err, ErrHashFormat) {
			t.Errorf("%.50s: got %v, want ErrHashFormat", hash, err)
		}
	}
	for hash := range imported { // and a good one does
		if _, err := h.Verify(gone, "acme", hash, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("%.50s: got %v, want context.Canceled", hash, err)
		}
	}
}

func TestUnknownFormsAreRefused(t *testing.T) {
	const s, d = "$scrypt$ln=4,r=8,p=1$", "pbkdf2_sha256$1000$"
	for _, hash := range []string{
		"", "x", "$scrypt$", "$pbkdf2-", "$pbkdf2-sha256$", "pbkdf2_sha256$", "{SSHA}abc", "5f4dcc3b5aa765d61d8327deb882cf99",
		"$1$abc$def", "$6$salt$hash", "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn", "$argon2i$v=19$m=8,t=1,p=1$" + aSalt + "$" + aKey,
		s + aSalt, s + aSalt + "$" + aKey + "$", s + aSalt + "$" + aKey + "=", s + aSalt + "$" + aKey + "\n", s + aSalt + "x$" + aKey, s + aSalt + "$" + aKey[:42] + "1", // spare bits
		"$scrypt$ln=+4,r=8,p=1$" + aSalt + "$" + aKey, "$scrypt$ln=04,r=8,p=1$" + aSalt + "$" + aKey, "$scrypt$r=8,ln=4,p=1$" + aSalt + "$" + aKey,
		"$scrypt$ln=4,r=8,p=1,x=1$" + aSalt + "$" + aKey, "$scrypt$ln=4,r=8$" + aSalt + "$" + aKey, "$scrypt$ln=99999999999999999999,r=8,p=1$" + aSalt + "$" + aKey,
		"$pbkdf2-sha256$i=01000$" + aSalt + "$" + aKey, "$pbkdf2-sha256$i=1000,l=31$" + aSalt + "$" + aKey, "$pbkdf2-sha256$i=1e6$" + aSalt + "$" + aKey,
		"$pbkdf2-sha256$-1000$" + aSalt + "$" + aKey, "$pbkdf2-sha256$1000,l=32$" + aSalt + "$" + aKey, "$pbkdf2-sha1$i=1000$" + aSalt + "$" + aKey,
		"$pbkdf2-sha256$i=1000$" + aSalt + "$" + aKey + "\n", "$pbkdf2-sha256$i=1000$" + aSalt + "$" + aKey[:30] + "!" + aKey[31:],
		d + "saltsalt$" + aKey, d + "salt salt$" + aKey + "=", d + "saltsal\x00$" + aKey + "=", d + "saltsält$" + aKey + "=", d + "saltsalt$" + aKey[:40] + "\n" + aKey[40:] + "=",
	} {
		if err := Check(hash); !errors.Is(err, unknownForm) {
			t.Errorf("%q: got %v, want %v", hash, err, unknownForm)
		}
	}
}

// Every hash with one byte cut, changed or put in: none makes Check panic, and
// what is still legal is still affordable.
func TestADamagedHashNeitherPanicsNorCosts(t *testing.T) {
	try := func(hash string) {
		found, err := parse(hash)
		if (Check(hash) == nil) != (err == nil) {
			t.Errorf("%q: Check and Verify disagree", hash)
		}
		if err == nil && (found.needs().memory > maxMemory || found.about() > dearest) {
			t.Errorf("%q: needs %+v, takes %v", hash, found.needs(), found.about())
		}
	}
	for hash := range imported {
		for i := range len(hash) {
			try(hash[:i])
			try(hash[:i] + hash[i+1:])
			for _, b := range []byte("09$,=./+Az\x00\n\xff") {
				try(hash[:i] + string(b) + hash[i+1:])
				try(hash[:i] + string(rune(b)) + hash[i:])
			}
			try(hash[:i] + "99999999" + hash[i:])
		}
	}
	if err := quick.Check(func(s string) bool { return Check(s) != nil }, nil); err != nil {
		t.Error(err)
	}
}
