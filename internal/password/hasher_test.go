package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// methods are all that hash.
var methods = map[string]func(ctx context.Context, h *Hasher, tenant string) error{
	"Hash": func(ctx context.Context, h *Hasher, tenant string) error {
		hash, err := h.Hash(ctx, tenant, "correct horse")
		if err != nil && hash != "" {
			return errors.New("a hash beside an error")
		}
		return err
	},
	"Verify": func(ctx context.Context, h *Hasher, tenant string) error {
		m, err := h.Verify(ctx, tenant, "$2a$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", "Kk4DQuMMfZL9o")
		if err != nil && m.OK {
			return errors.New("a match beside an error")
		}
		return err
	},
	"VerifyNobody": func(ctx context.Context, h *Hasher, tenant string) error {
		return h.VerifyNobody(ctx, tenant, "correct horse")
	},
}

func TestThePoolFollowsTheSetting(t *testing.T) {
	const mib = 1024
	cores := max(1, runtime.GOMAXPROCS(0)-1)
	for _, tt := range []struct {
		name  string
		c     Config
		size  need
		queue int
	}{
		{"nothing", Config{}, need{cores, max(cores*19, 256) * mib}, cores * 128},
		{"two slots", Config{Parallel: 2}, need{2, 256 * mib}, 256},
		{"fifteen slots", Config{Parallel: 15}, need{15, 285 * mib}, 15 * 128},
		{"memory is rounded up", Config{Parallel: 15, MemoryKiB: 20000}, need{15, 293 * mib}, 15 * 125},
		{"the most memory", Config{Parallel: 3, MemoryKiB: 256 * mib}, need{3, 768 * mib}, 3 * 9},
		{"cheap", Config{Parallel: 1, MemoryKiB: 8, Time: 1}, need{1, 256 * mib}, 1024},
		{"bcrypt 10", Config{Parallel: 1, BcryptCost: 10}, need{1, 256 * mib}, 52},
		{"bcrypt 15", Config{Parallel: 1, BcryptCost: 15}, need{1, 256 * mib}, 4},
		{"as told", Config{Parallel: 4, Queue: 7, PoolMiB: 512}, need{4, 512 * mib}, 7},
	} {
		h := newHasher(t, tt.c)
		if h.pool.size != tt.size || h.pool.queue.max != tt.queue {
			t.Errorf("%s: got %+v and %d may wait, want %+v and %d", tt.name, h.pool.size, h.pool.queue.max, tt.size, tt.queue)
		}
	}
}

// A hash of other parameters than the setting's takes what it really needs.
func TestAnImportedHashIsWeighed(t *testing.T) {
	for _, tt := range []struct {
		hash string
		want need
	}{
		{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", need{1, 65536}},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", need{2, 256}},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", need{1, 4}},
		{sha384Prefix + "AAECAwQFBgcICQoLDA0ODw$2a$04$abcdefghijklmnopqrstuuZEuJbcg.CeeYNWBLIUZ0D4GzJe4gRce", need{1, 4}},
		{"$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$c9S5LA7JaN4oJ4QAaJo4tf79kpB5G6JHtU408wF3YIw", need{1, 19}}, // 16 KiB and three blocks
		{"$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0", need{1, 1}},
	} {
		for _, short := range []need{{slots: 1}, {memory: 1}} {
			synctest.Test(t, func(t *testing.T) {
				h := newHasher(t, Config{MemoryKiB: 8, Time: 1, Parallel: 4})
				hold(t, h.pool, need{4 - tt.want.slots, h.pool.size.memory - tt.want.memory})
				ctx, cancel := context.WithCancel(t.Context())
				h.pool.take(short)
				go func() {
					if _, err := h.Verify(ctx, "acme", tt.hash, "x"); !errors.Is(err, context.Canceled) {
						t.Errorf("%.30s: got %v with %+v too little, want it to wait", tt.hash, err, short)
					}
				}()
				synctest.Wait()
				cancel()
				synctest.Wait()
				h.pool.handBack(short)
				if _, err := h.Verify(t.Context(), "acme", tt.hash, "x"); err != nil {
					t.Errorf("%.30s: %v with just enough room", tt.hash, err)
				}
			})
		}
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	for name, call := range methods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHasher(t, Config{MemoryKiB: 8, Time: 1, Parallel: 1})
				hold(t, h.pool, one)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				err := call(ctx, h, "acme")
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
					t.Errorf("got %v after %v, want the deadline after 1m", err, time.Since(start))
				}
				if err != nil && strings.Contains(err.Error(), "horse") {
					t.Errorf("the error holds the password: %v", err)
				}
				h.pool.handBack(one)
				if err := call(t.Context(), h, "acme"); err != nil {
					t.Errorf("once the slot is free: %v", err)
				}
				if h.pool.room != h.pool.size {
					t.Error("a slot is kept")
				}
			})
		})
	}
}

func TestAnEndedContextDoesNoWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := newHasher(t, tiny)
	for name, call := range methods {
		if err := call(ctx, h, "acme"); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: got %v, want context.Canceled", name, err)
		}
	}
}

// Each method waits in the line of its tenant.
func TestEachMethodIsFairAmongTenants(t *testing.T) {
	for name, call := range methods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHasher(t, Config{MemoryKiB: 8, Time: 1, Parallel: 1, Queue: 2})
				hold(t, h.pool, one)
				errs := make([]error, 4)
				for i, tenant := range []string{"storm", "storm", "storm", "calm"} {
					go func() { errs[i] = call(t.Context(), h, tenant) }()
					synctest.Wait()
				}
				if got := h.Waiting(); got != 2 {
					t.Errorf("got %d waiting, want 2", got)
				}
				h.pool.handBack(one)
				synctest.Wait()
				for i, refused := range []bool{false, true, true, false} {
					if errors.Is(errs[i], ErrOverloaded) != refused || !refused && errs[i] != nil {
						t.Errorf("caller %d: got %v, want refused %v", i, errs[i], refused)
					}
				}
				if got := h.Waiting(); got != 0 {
					t.Errorf("got %d waiting, want none", got)
				}
			})
		})
	}
}
