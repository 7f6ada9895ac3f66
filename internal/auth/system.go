package auth

import (
	"context"
	"time"
)

// System is how the deployment is, as the instance that answers sees it. There is
// no address, path or name of a machine in it.
type System struct {
	Version   string         `json:"version" example:"v1.4.0"`
	StartedAt time.Time      `json:"startedAt" doc:"When this instance began"`
	Now       time.Time      `json:"now"`
	Database  SystemDatabase `json:"database"`
	Bus       SystemBus      `json:"bus"`
	Mail      SystemMail     `json:"mail"`
	Memory    SystemMemory   `json:"memory"`
	Hashing   int            `json:"hashing" doc:"Passwords that wait to be hashed"`
	Listeners int            `json:"listeners" doc:"Guards and pages that are told at once of what has ended"`
}

// SystemDatabase is how the control database is.
type SystemDatabase struct {
	Kind      string  `json:"kind" enum:"sqlite,postgres,mongodb"`
	OK        bool    `json:"ok" doc:"Whether it answers, within two seconds"`
	LatencyMS float64 `json:"latencyMs" doc:"How long one reading took, in milliseconds"`
}

// SystemBus is what tells the instances of each other's changes.
type SystemBus struct {
	Kind    string  `json:"kind" enum:"none,database,redis" doc:"database: PostgreSQL tells; none: there is one instance, or MongoDB without Redis"`
	OK      bool    `json:"ok" doc:"false: what other instances change may be seen here a little later"`
	DelayMS float64 `json:"delayMs" doc:"How long a message takes, in milliseconds; 0 without a bus"`
}

// SystemMail is the outbox of all tenants whose database is open.
type SystemMail struct {
	OK     bool `json:"ok" doc:"Whether the outbox could be read"`
	Queued int  `json:"queued" doc:"Mails that wait"`
	Dead   int  `json:"dead" doc:"Mails that were given up"`
}

// SystemMemory is what the process holds, in bytes.
type SystemMemory struct {
	Live  uint64 `json:"liveBytes" doc:"In use"`
	Total uint64 `json:"totalBytes" doc:"Taken from the machine"`
}

// System tells operators how the deployment is.
func (s *Service) System(ctx context.Context, by Caller, _ struct{}) (System, error) {
	if err := by.operates(); err != nil {
		return System{}, err
	}
	var all System
	if s.Machine != nil {
		all = s.Machine(ctx)
	}
	all.Now = s.now()
	return all, nil
}
