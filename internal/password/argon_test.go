package password

import (
	"errors"
	"strings"
	"testing"
)

// Vectors of the reference implementation, phc-winner-argon2 src/test.c.
func TestImportedArgon2id(t *testing.T) {
	h := newHasher(t, tiny)
	for _, tt := range []struct{ hash, plain string }{
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
		{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94", "differentpassword"},
	} {
		if got, want := verify(t, h, tt.hash, tt.plain), (Match{OK: true, Rehash: true}); got != want {
			t.Errorf("%s: got %+v, want %+v", tt.hash, got, want)
		}
		if verify(t, h, tt.hash, tt.plain+"x").OK {
			t.Errorf("%s: opened by a wrong password", tt.hash)
		}
	}
}

func TestArgonForm(t *testing.T) {
	const salt, key = "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA" // 8 and 16 bytes
	bytes := func(n int) string { return strings.Repeat("AAAA", n/3) + []string{"", "AA", "AAA"}[n%3] }
	at := func(parameters string) string { return "$argon2id$v=19$" + parameters + "$" + salt + "$" + key }
	with := func(salt, key string) string { return "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + key }
	for hash, want := range map[string]bool{
		at("m=8,t=1,p=1"):                                 true,
		at("m=262144,t=16,p=16"):                          true,
		at("m=262145,t=1,p=1"):                            false,
		at("m=4294967295,t=1,p=1"):                        false,
		at("m=4294967304,t=1,p=1"):                        false, // 8 once cut to 32 bits
		at("m=99999999999999999999,t=1,p=1"):              false,
		at("m=7,t=1,p=1"):                                 false,
		at("m=15,t=1,p=2"):                                false,
		at("m=8,t=0,p=1"):                                 false,
		at("m=8,t=17,p=1"):                                false,
		at("m=8,t=1,p=0"):                                 false,
		at("m=256,t=1,p=17"):                              false,
		at("m=8,t=1,p=257"):                               false, // 1 once cut to 8 bits
		at("m=-8,t=1,p=1"):                                false,
		at("m=+8,t=1,p=1"):                                false,
		at("m=08,t=1,p=1"):                                false,
		at("m=0x8,t=1,p=1"):                               false,
		at("m= 8,t=1,p=1"):                                false,
		at("m=8,t=1"):                                     false,
		at("m=8,p=1"):                                     false,
		at("t=1,m=8,p=1"):                                 false,
		at("m=8,m=8,t=1,p=1"):                             false,
		at("m=8,t=1,t=1"):                                 false,
		at("m=8,t=1,p=1,p=1"):                             false,
		at("m=8,t=1,p=1,keyid=AAAA"):                      false,
		at("m=8,t=1,p=1,"):                                false,
		at(""):                                            false,
		with(salt, key):                                   true,
		with(bytes(64), bytes(64)):                        true,
		with(bytes(7), key):                               false,
		with(bytes(65), key):                              false,
		with(salt, bytes(15)):                             false,
		with(salt, bytes(65)):                             false,
		with("", key):                                     false,
		with(salt, ""):                                    false,
		with(salt+"=", key):                               false,
		with(salt, key+"=="):                              false,
		with("c29tZXNhbHR", key):                          false, // spare bits
		with(salt, "AAAAAAAAAAAAAAAAAAAAAB"):              false, // spare bits
		with("c29tZXNh\nbHQ", key):                        false,
		with("c29tZXNh_-Q", key):                          false, // the alphabet of URLs
		with(salt, key) + "$":                             false,
		with(salt, key) + "\n":                            false,
		" " + with(salt, key):                             false,
		"$argon2id$v=16$m=8,t=1,p=1$" + salt + "$" + key:  false,
		"$argon2id$v=019$m=8,t=1,p=1$" + salt + "$" + key: false,
		"$argon2id$m=8,t=1,p=1$" + salt + "$" + key:       false, // v=16 by default
		"$argon2i$v=19$m=8,t=1,p=1$" + salt + "$" + key:   false,
		"$argon2d$v=19$m=8,t=1,p=1$" + salt + "$" + key:   false,
		"$Argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + key:  false,
		"$argon2id$":                                      false,
		"$argon2id$$$$":                                   false,
		strings.Repeat("$argon2id$", 1<<16):               false,
	} {
		if _, err := parse(hash); (err == nil) != want {
			t.Errorf("%.120q: got %v, want legal %v", hash, err, want)
		}
	}
}

// FuzzPHC looks for a string that makes the parsers panic, or let parameters
// through that would make hashing costly.
func FuzzPHC(f *testing.F) {
	for _, seed := range []string{
		"", "$", "$$$$$$", "$argon2id$v=19$m=,t=,p=$$",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
		"$2a$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
		"$2y$31$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
		"$scrypt$ln=4,r=8,p=1$./..AAECAwQFBgcICQoLDA$c9S5LA7JaN4oJ4QAaJo4tf79kpB5G6JHtU408wF3YIw",
		"$scrypt$ln=21,r=1,p=4$AAECAwQFBgcICQoLDA0ODw$c9S5LA7JaN4oJ4QAaJo4tf79kpB5G6JHtU408wF3YIw",
		"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0",
		"$pbkdf2-sha512$5000000$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM.qF6qvs/98I0",
		"pbkdf2_sha256$20000$H0dPx8NeajVu$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=",
		sha384Prefix + "AAAAAAAAAAAAAAAAAAAAAA$2a$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		found, err := parse(hash)
		if err != nil {
			if !errors.Is(err, ErrHashFormat) {
				t.Errorf("got %v, want ErrHashFormat", err)
			}
			return
		}
		if n := found.needs(); n.memory > maxMemory || found.about() > dearest {
			t.Errorf("%q needs %+v and takes %v", hash, n, found.about())
		}
		cheap := false
		switch s := found.(type) {
		case argonHash:
			if s.memory > 256*1024 || s.memory < 8*uint32(s.threads) || s.time < 1 || s.time > 16 ||
				s.threads < 1 || s.threads > 16 ||
				len(s.salt) < 8 || len(s.salt) > 64 || len(s.key) < 16 || len(s.key) > 64 {
				t.Errorf("out of bounds: m=%d,t=%d,p=%d, salt %d, key %d", s.memory, s.time, s.threads, len(s.salt), len(s.key))
			}
			if s.encode() != hash {
				t.Errorf("%q is not canonical", hash)
			}
			cheap = s.memory <= 64 && s.time <= 2
		case bcryptHash:
			cheap = s.cost == 4
		case bcryptSHA384:
			cheap = s.inner.cost == 4
		case scryptHash:
			cheap = s.log <= 6
		case pbkdf2Hash:
			cheap = s.iterations <= 2000
		}
		if cheap && found.matches("correct horse") {
			t.Errorf("%q is opened by a password nobody set", hash)
		}
	})
}
