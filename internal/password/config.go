package password

import (
	"cmp"
	"fmt"
	"runtime"
)

// Config is the setting of a [Hasher]. Its zero value is argon2id as OWASP and
// ASVS 11.4.2 advise it: 19 MiB, two passes, one thread.
type Config struct {
	BcryptCost int // 4 to 15 selects bcrypt at that cost; 0 is argon2id
	Parallel   int // passwords hashed at once; 0 is one less than the cores, at least 1

	MemoryKiB int // argon2id memory in KiB, at most 262144 (256 MiB); 0 is 19456
	Time      int // argon2id passes, at most 16; 0 is 2
	Threads   int // argon2id lanes, at most 16; 0 is 1
}

// The costs we hash with. A cost above maxBcryptSetting takes seconds.
const (
	minBcryptSetting = 4
	maxBcryptSetting = 15
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
	c.Parallel = cmp.Or(c.Parallel, max(1, runtime.NumCPU()-1))
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
	return c, nil
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
