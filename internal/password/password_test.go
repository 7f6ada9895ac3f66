package password

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tiny is argon2id at its cheapest, for tests.
var tiny = Config{MemoryKiB: 8, Time: 1, Threads: 1}

// settings are the two algorithms at their cheapest.
var settings = map[string]Config{"argon2id": tiny, "bcrypt": {BcryptCost: 4}}

func newHasher(t testing.TB, c Config) *Hasher {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hashOf(t testing.TB, h *Hasher, plain string) string {
	t.Helper()
	hash, err := h.Hash(context.Background(), "acme", plain)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func verify(t testing.TB, h *Hasher, hash, plain string) Match {
	t.Helper()
	m, err := h.Verify(context.Background(), "acme", hash, plain)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return m
}

func TestZeroConfigMakesArgon2idAsAdvised(t *testing.T) {
	hash := hashOf(t, newHasher(t, Config{}), "correct horse")
	if got, want := hash, "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(got, want) {
		t.Errorf("got another form than %s", want)
	}
	found, err := parseArgon(hash)
	if err != nil {
		t.Fatal(err)
	}
	a := found.(argonHash)
	if got, want := [2]int{len(a.salt), len(a.key)}, [2]int{16, 32}; got != want {
		t.Errorf("salt and key: got %v bytes, want %v", got, want)
	}
}

func TestBcryptCostSelectsBcrypt(t *testing.T) {
	hash := hashOf(t, newHasher(t, Config{BcryptCost: 5}), "correct horse")
	if !strings.HasPrefix(hash, "$2a$05$") || len(hash) != 60 {
		t.Errorf("got another form than $2a$05$ and 53 characters")
	}
}

func TestNewNamesTheWrongField(t *testing.T) {
	for field, c := range map[string]Config{
		"BcryptCost is 3":      {BcryptCost: 3},
		"BcryptCost is 16":     {BcryptCost: 16},
		"BcryptCost is -1":     {BcryptCost: -1},
		"Parallel is -1":       {Parallel: -1},
		"Queue is -1":          {Queue: -1},
		"Queue is 65537":       {Queue: 65537},
		"PoolMiB is 255":       {PoolMiB: 255},
		"PoolMiB is -1":        {PoolMiB: -1},
		"PoolMiB is 1048577":   {PoolMiB: 1048577},
		"MemoryKiB is 15":      {MemoryKiB: 15, Threads: 2},
		"MemoryKiB is 262145":  {MemoryKiB: 262145},
		"Time is 17":           {Time: 17},
		"Time is -1":           {Time: -1},
		"Threads is 17":        {Threads: 17},
		"Threads is -1":        {Threads: -1},
		"MemoryKiB is -100000": {MemoryKiB: -100000},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want an error with %q", err, field)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for name, c := range settings {
		h := newHasher(t, c)
		for _, plain := range []string{
			"", "correct horse", " spaces kept ", "\x00\x00", "Zażółć gęślą jaźń", "비밀번호입니다", "🔑🧷👩‍👩‍👧", "ُالعربية",
			strings.Repeat("a", 72), strings.Repeat("a", 73), strings.Repeat("🔑", 128), "not UTF-8 \xff",
		} {
			if got, want := verify(t, h, hashOf(t, h, plain), plain), (Match{OK: true}); got != want {
				t.Errorf("%s %q: got %+v, want %+v", name, plain, got, want)
			}
		}
	}
}

func TestCompositionIsNotSeen(t *testing.T) {
	composed, decomposed := "caf\u00e9 au lait", "cafe\u0301 au lait"
	for name, c := range settings {
		h := newHasher(t, c)
		for _, pair := range [][2]string{{composed, decomposed}, {decomposed, composed}, {"\uac00\uac01", "\u1100\u1161\u1100\u1161\u11a8"}} {
			if !verify(t, h, hashOf(t, h, pair[0]), pair[1]).OK {
				t.Errorf("%s: %+q does not open what %+q made", name, pair[1], pair[0])
			}
		}
	}
}

func TestNearMissesAreRefused(t *testing.T) {
	for name, c := range settings {
		h := newHasher(t, c)
		hash := hashOf(t, h, "Correct horse")
		for _, plain := range []string{"", "correct horse", "Correct horse ", " Correct horse", "Correct hors", "Correct horse\x00", "Ｃorrect horse"} {
			if got := verify(t, h, hash, plain); got != (Match{}) {
				t.Errorf("%s %q: got %+v, want no match", name, plain, got)
			}
		}
	}
}

func TestSaltsDiffer(t *testing.T) {
	for name, c := range settings {
		h := newHasher(t, c)
		for _, plain := range []string{"correct horse", strings.Repeat("long ", 20)} {
			if first, second := hashOf(t, h, plain), hashOf(t, h, plain); first == second {
				t.Errorf("%s: two hashes of one password are equal", name)
			}
		}
	}
}

func TestRehash(t *testing.T) {
	const plain = "correct horse"
	long := strings.Repeat(plain, 7)
	argon := Config{MemoryKiB: 16, Time: 2, Threads: 2}
	shortSalt := argonHash{memory: 16, time: 2, threads: 2, salt: make([]byte, 8), key: make([]byte, 32)}
	shortSalt.key = shortSalt.derive(plain)
	shortKey := argonHash{memory: 16, time: 2, threads: 2, salt: make([]byte, 16), key: make([]byte, 16)}
	shortKey.key = shortKey.derive(plain)
	made := func(c Config, plain string) string { return hashOf(t, newHasher(t, c), plain) }
	relabel := func(version, hash string) string { return version + hash[4:] }

	for _, tt := range []struct {
		name    string
		hash    string
		plain   string
		setting Config
		want    bool
	}{
		{"argon2id as set", made(argon, plain), plain, argon, false},
		{"other memory", made(Config{MemoryKiB: 24, Time: 2, Threads: 2}, plain), plain, argon, true},
		{"other time", made(Config{MemoryKiB: 16, Time: 1, Threads: 2}, plain), plain, argon, true},
		{"other threads", made(Config{MemoryKiB: 16, Time: 2, Threads: 1}, plain), plain, argon, true},
		{"other salt length", shortSalt.encode(), plain, argon, true},
		{"other key length", shortKey.encode(), plain, argon, true},
		{"bcrypt to argon2id", made(Config{BcryptCost: 4}, plain), plain, argon, true},
		{"marked bcrypt to argon2id", made(Config{BcryptCost: 4}, long), long, argon, true},
		{"argon2id to bcrypt", made(argon, plain), plain, Config{BcryptCost: 4}, true},
		{"bcrypt as set", made(Config{BcryptCost: 4}, plain), plain, Config{BcryptCost: 4}, false},
		{"marked bcrypt as set", made(Config{BcryptCost: 4}, long), long, Config{BcryptCost: 4}, false},
		{"$2b$ as set", relabel("$2b$", made(Config{BcryptCost: 4}, plain)), plain, Config{BcryptCost: 4}, false},
		{"$2y$ as set", relabel("$2y$", made(Config{BcryptCost: 4}, plain)), plain, Config{BcryptCost: 4}, false},
		{"lower cost", made(Config{BcryptCost: 4}, plain), plain, Config{BcryptCost: 5}, true},
		{"higher cost", made(Config{BcryptCost: 5}, plain), plain, Config{BcryptCost: 4}, true},
		{"marked bcrypt of lower cost", made(Config{BcryptCost: 4}, long), long, Config{BcryptCost: 5}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHasher(t, tt.setting)
			if diff := cmp.Diff(Match{OK: true, Rehash: tt.want}, verify(t, h, tt.hash, tt.plain)); diff != "" {
				t.Errorf("right password (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(Match{}, verify(t, h, tt.hash, tt.plain+"?")); diff != "" {
				t.Errorf("wrong password (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifyNobodyFindsNothing(t *testing.T) {
	for name, c := range settings {
		h := newHasher(t, c)
		for _, plain := range []string{"", "correct horse", strings.Repeat("a", 100)} {
			if err := h.VerifyNobody(context.Background(), "acme", plain); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if h.setting.matches(plain) {
				t.Errorf("%s: %q is the password of nobody", name, plain)
			}
		}
	}
}

// What nobody is verified against costs what a hash made today costs.
func TestNobodyIsLikeAnyone(t *testing.T) {
	for name, c := range settings {
		h := newHasher(t, c)
		found, err := parse(hashOf(t, h, "correct horse"))
		if err != nil {
			t.Fatal(err)
		}
		if !found.like(h.setting) || !h.setting.like(found) {
			t.Errorf("%s: nobody's parameters are not those of a new hash", name)
		}
	}
}

func TestUnknownHashIsAnErrorWithoutTheHash(t *testing.T) {
	h := newHasher(t, tiny)
	for _, hash := range []string{"", "plaintext-password", "$1$salt$0123456789", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"} {
		m, err := h.Verify(context.Background(), "acme", hash, hash)
		if !errors.Is(err, ErrHashFormat) || m != (Match{}) {
			t.Errorf("%q: got %+v, %v, want ErrHashFormat", hash, m, err)
		}
		if err != nil && hash != "" && strings.Contains(err.Error(), hash) {
			t.Errorf("the error holds the hash: %v", err)
		}
	}
}
