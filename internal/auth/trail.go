package auth

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// SettingsInForce writes down which settings differ from those of the last
// start. values are by name; only keyed digests of them are kept.
func (s *Service) SettingsInForce(ctx context.Context, values map[string]Secret) error {
	digests := make(map[string]string, len(values))
	for name, v := range values {
		digests[name] = s.Vault.pseudonym("setting "+name, v.Reveal())
	}
	return s.Registry.SettingsInForce(ctx, digests, func(changed []string) Note {
		return Note{Events: []Event{{
			ID: s.newID(), Directory: DefaultDirectory, At: s.now(), Action: ActionSettings, Reason: strings.Join(changed, " "),
		}}}
	})
}

// TrailReport says what was found in the record of a directory.
type TrailReport struct {
	Directory string `json:"directory"`
	First     int64  `json:"first"` // number of the oldest event that is kept; 0: there is none
	Last      int64  `json:"last"`
	Hash      string `json:"hash"` // of the newest link, in hexadecimal
	// Gathered are the places where events were put into the chain later than
	// they were written, as by an upgrade: up to there the chain says nothing of
	// them.
	Gathered []string `json:"gathered,omitempty"`
	Problem  string   `json:"problem,omitempty"` // where the chain is broken, and how; "" when it is whole
}

// trailPage is how many links are read at once.
const trailPage = 1000

// VerifyTrail reads the record of a directory and checks every link: that none
// is missing, that none was changed, and that the newest is the one that was
// written last. The oldest events may have been swept; what is left must have
// no gap. see is called with every link, in order; it may be nil.
func VerifyTrail(ctx context.Context, r Records, chain Chain, directory string, see func(Link) error) (TrailReport, error) {
	report := TrailReport{Directory: directory}
	last, hash, err := r.TrailEnd(ctx, directory)
	if err != nil {
		return report, err
	}
	var before Link
	for {
		page, err := r.Trail(ctx, directory, before.Number, trailPage)
		if err != nil {
			return report, err
		}
		for _, l := range page {
			if report.First == 0 {
				report.First = l.Number
			}
			if report.Problem == "" {
				report.Problem = broken(chain, before, l)
			}
			if l.Action == ActionGathered {
				report.Gathered = append(report.Gathered, fmt.Sprintf("%s before event %d, on %s", l.Reason, l.Number, l.At.UTC().Format(time.DateTime)))
			}
			if see != nil {
				if err := see(l); err != nil {
					return report, err
				}
			}
			before = l
		}
		if len(page) < trailPage {
			break
		}
	}
	report.Last, report.Hash = before.Number, hex.EncodeToString(before.Hash)
	// A server may have gone on writing since the end was read.
	if report.Problem == "" && before.Number < last {
		report.Problem = fmt.Sprintf("the record ends at event %d, and %d were written: the newest are missing", before.Number, last)
	}
	if report.Problem == "" && before.Number == last && !bytes.Equal(before.Hash, hash) {
		report.Problem = fmt.Sprintf("event %d is not the one that was written last", last)
	}
	return report, nil
}

// broken says what is wrong with a link that follows another. Nothing is known
// before the oldest one that is kept, so its own hash cannot be checked: it is
// what the next one is checked by.
func broken(chain Chain, before, l Link) string {
	switch {
	case before.Number == 0 && l.Number > 1:
		return ""
	case l.Number != before.Number+1:
		return fmt.Sprintf("events %d to %d are missing", before.Number+1, l.Number-1)
	case !bytes.Equal(l.Hash, chain(before.Hash, l.Number, l.Event)):
		return fmt.Sprintf("event %d (%s) was changed, or one before it", l.Number, l.ID)
	}
	return ""
}
