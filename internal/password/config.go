package password

import (
	"cmp"
	"fmt"
	"runtime"
	"time"
)

// Config is the setting of a [Hasher]. Its zero value is argon2id as OWASP and
// ASVS 11.4.2 advise it: 19 MiB, two passes, one thread.
type Config struct {
	BcryptCost int // 4 to 15 selects bcrypt at that cost; 0 is argon2id

	// Parallel is how many passwords are hashed at once; 0 is one less than the
	// cores, at least 1. A hash with several lanes counts for as many.
	Parallel int
	// Queue is how many passwords may wait to be hashed, at most 65536; 0 is what
	// takes about three seconds under this setting: 128 for each of Parallel with
	// argon2id as advised, 52 with bcrypt at cost 10, never fewer than 4, so that
	// the last one is answered before the server's write time-out of 15 s.
	Queue int
	// PoolMiB is how much memory the hashes computed at once may hold together,
	// in MiB, 256 to 1048576. 0 is what Parallel hashes of this setting need, but
	// at least 256, the most that one imported hash may ask for. The garbage of
	// hashes that are done comes on top, as GOGC and GOMEMLIMIT allow.
	PoolMiB int

	MemoryKiB int // argon2id memory in KiB, at most 262144 (256 MiB); 0 is 19456
	Time      int // argon2id passes, at most 16; 0 is 2
	Threads   int // argon2id lanes, at most 16; 0 is 1
}

// The costs we hash with. A cost above maxBcryptSetting takes seconds.
const (
	minBcryptSetting = 4
	maxBcryptSetting = 15
)

// Bounds of the pool.
const (
	maxQueue       = 65536
	maxDefaultWait = 1024    // for each slot, however cheap the setting
	minDefaultWait = 4       // for each slot, however dear
	maxPool        = 1 << 20 // MiB

	// patience is how long the last in a full queue waits, by default: less than
	// a person needs to give up, and far less than it takes the server to.
	patience = 3200 * time.Millisecond
)

// complete returns c with its zero fields filled in, or says which is wrong.
func (c Config) complete() (Config, error) {
	if c.BcryptCost != 0 && (c.BcryptCost < minBcryptSetting || c.BcryptCost > maxBcryptSetting) {
		return c, fmt.Errorf("password: BcryptCost is %d: give %d to %d, or 0 for argon2id",
			c.BcryptCost, minBcryptSetting, maxBcryptSetting)
	}
	if c.Parallel < 0 {
		return c, fmt.Errorf("password: Parallel is %d: give at least 1, or 0 for one less than the cores", c.Parallel)
	}
	if c.Queue < 0 || c.Queue > maxQueue {
		return c, fmt.Errorf("password: Queue is %d: give 1 to %d, or 0 for what takes three seconds", c.Queue, maxQueue)
	}
	if c.PoolMiB != 0 && (c.PoolMiB < maxMemory/1024 || c.PoolMiB > maxPool) {
		return c, fmt.Errorf("password: PoolMiB is %d: give %d to %d, or 0 for what Parallel hashes need",
			c.PoolMiB, maxMemory/1024, maxPool)
	}
	c.Parallel = cmp.Or(c.Parallel, max(1, runtime.GOMAXPROCS(0)-1))
	c.MemoryKiB, c.Time, c.Threads = cmp.Or(c.MemoryKiB, 19*1024), cmp.Or(c.Time, 2), cmp.Or(c.Threads, 1)
	if c.Time < 1 || c.Time > maxTime {
		return c, fmt.Errorf("password: Time is %d: give 1 to %d", c.Time, maxTime)
	}
	if c.Threads < 1 || c.Threads > maxThreads {
		return c, fmt.Errorf("password: Threads is %d: give 1 to %d", c.Threads, maxThreads)
	}
	if c.MemoryKiB < 8*c.Threads || c.MemoryKiB > maxMemory {
		return c, fmt.Errorf("password: MemoryKiB is %d: give %d (8 a thread) to %d", c.MemoryKiB, 8*c.Threads, maxMemory)
	}
	return c.completePool(), nil
}

// completePool fills in what follows from the rest. The queue is bounded by
// the time that the setting takes, not by the time that hashes were seen to
// take: so it is the same on every start and for every test, and a tenant that
// imported dear hashes cannot narrow it for the others.
func (c Config) completePool() Config {
	s := c.setting()
	each := min(max(int(patience/s.about()), minDefaultWait), maxDefaultWait)
	c.Queue = cmp.Or(c.Queue, min(c.Parallel*each, maxQueue))
	c.PoolMiB = cmp.Or(c.PoolMiB, max((c.Parallel*s.needs().memory+1023)/1024, maxMemory/1024))
	return c
}

// setting returns what the completed c hashes with.
func (c Config) setting() setting {
	if c.BcryptCost != 0 {
		return bcryptHash{cost: c.BcryptCost, text: emptyBcrypt(c.BcryptCost)}
	}
	return argonHash{
		memory: uint32(c.MemoryKiB), time: uint32(c.Time), threads: uint8(c.Threads),
		salt: make([]byte, saltSize), key: make([]byte, keySize),
	}
}
