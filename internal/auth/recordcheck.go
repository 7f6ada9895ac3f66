package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"time"
)

// checkTime bounds how long one request reads the record: less than a server
// takes to answer. Some millions of events are read in it.
const checkTime = 10 * time.Second

// RecordCheck is what was found in as much of the record as was read.
type RecordCheck struct {
	TrailReport
	Complete bool `json:"complete" doc:"Whether all of it was read; a record of millions is for latchkey audit verify"`
}

var errEnough = errors.New("enough was read")

// CheckRecord reads the record of the caller's directory and checks every link
// of its chain, for operators: it tells of all tenants that share the directory.
// One check runs at a time in a process; others wait.
func (s *Service) CheckRecord(ctx context.Context, by Caller, _ struct{}) (RecordCheck, error) {
	if err := by.operates(); err != nil {
		return RecordCheck{}, err
	}
	s.checking.Lock()
	defer s.checking.Unlock()
	until := s.Now().Add(checkTime)
	var last Link
	report, err := VerifyTrail(ctx, s.Records, s.Vault.Chain, by.Tenant.Directory, func(l Link) error {
		last = l
		if l.Number%trailPage == 0 && !s.Now().Before(until) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		report.Last, report.Hash = last.Number, hex.EncodeToString(last.Hash)
		return RecordCheck{TrailReport: report}, nil
	}
	return RecordCheck{TrailReport: report, Complete: true}, s.fault(ctx, "check record", err)
}
