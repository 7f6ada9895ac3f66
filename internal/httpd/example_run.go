package httpd

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// What the document shows of what is looked after.
var (
	examplePast = auth.PastView{
		ID: exampleID, At: exampleTime, Action: auth.ActionLogin, SessionID: exampleID, IP: "203.0.113.7",
		Agent: "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
	}
	exampleMail = auth.MailView{
		ID: exampleID, Kind: auth.MessageReset, To: "a***@example.com", UserID: exampleID, Status: "dead", Attempts: 9,
		Problem: "550 no such mailbox", CreatedAt: exampleTime, BuriedAt: exampleTime.Add(2 * time.Hour), NotAfter: exampleTime.Add(24 * time.Hour),
	}
	exampleOverview = auth.Overview{
		From: exampleTime, Step: 3600, SignIns: []int{12, 40, 31}, Failures: []int{1, 0, 4}, Locks: []int{0, 0, 1}, SignUps: []int{2, 3, 0},
		ActiveSessions: []int{210, 236, 240}, ActiveNow: 240,
	}
	exampleTrail = auth.RecordCheck{TrailReport: auth.TrailReport{
		Directory: auth.DefaultDirectory, First: 1, Last: 4711, Hash: "5d8c1b9f0e7a4c3b2d6f8e9a1c0b7d5e4f3a2b1c9d8e7f6a5b4c3d2e1f0a9b8c",
	}, Complete: true}
	exampleSystem = auth.System{
		Version: "v1.4.0", StartedAt: exampleTime, Now: exampleTime.Add(72 * time.Hour),
		Database: auth.SystemDatabase{Kind: "postgres", OK: true, LatencyMS: 0.42}, Bus: auth.SystemBus{Kind: "redis", OK: true, DelayMS: 0.31},
		Mail: auth.SystemMail{OK: true, Queued: 2}, Memory: auth.SystemMemory{Live: 9 << 20, Total: 38 << 20}, Listeners: 14,
	}
	exampleSigningKeys = []auth.KeyInfo{
		{ID: "XSN7JL2YSKCVR62A2YXZBCOJ2Q", Algorithm: "ES256", State: "retiring", CreatedAt: exampleTime, SignsFrom: exampleTime, GoneAfter: exampleTime.AddDate(0, 3, 1)},
		{ID: "2QJ7K5LYSKCVR62A2YXZBCOA6N", Algorithm: "ES256", State: "signing", CreatedAt: exampleTime.AddDate(0, 3, 0), SignsFrom: exampleTime.AddDate(0, 3, 0).Add(10 * time.Minute)},
	}
)
