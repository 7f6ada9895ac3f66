package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// registerMetrics adds what the parts count to the registry.
func registerMetrics(r *prometheus.Registry, a *app) {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), parts{a})
}

// parts reads the parts' numbers when the metrics are asked for.
type parts struct{ app *app }

var (
	liveHits     = desc("latchkey_live_hits_total", "Answers from memory about who may come in.", "table")
	liveMisses   = desc("latchkey_live_misses_total", "Answers that had to be read.", "table")
	liveHeld     = desc("latchkey_live_held", "Entries in memory.", "table")
	liveDegraded = desc("latchkey_live_degraded", "1 while changes by other processes may go unnoticed.")
	busUp        = desc("latchkey_bus_up", "1 while this instance hears what it tells the others itself; only where there is a bus.")
	busDelay     = desc("latchkey_bus_delay_seconds", "How long the last ping of this instance took to come back over the bus.")
	busPublished = desc("latchkey_bus_published_total", "Messages that the bus took from this instance.")
	busFailed    = desc("latchkey_bus_failed_total", "Publications that failed: the others are told by the database, or bounded by time.")
	busHeard     = desc("latchkey_bus_heard_total", "Messages of other instances.")
	busLost      = desc("latchkey_bus_lost_total", "Times that the bus was lost.")
	hashWaiting  = desc("latchkey_hash_waiting", "Passwords that wait to be hashed.")
	mailSent     = desc("latchkey_mail_sent_total", "Mails that a mail server took.")
	mailFailed   = desc("latchkey_mail_failed_total", "Deliveries that failed and are or were tried again.")
	mailBuried   = desc("latchkey_mail_buried_total", "Mails that were given up.")
	mailQueued   = desc("latchkey_mail_queued", "Mails in the outbox.")
	mailDead     = desc("latchkey_mail_dead", "Dead letters in the outbox.")
	dirOpen      = desc("latchkey_directories_open", "Databases of directories that are open, besides the control database.")
	dirOpened    = desc("latchkey_directories_opened_total", "Databases of directories that were opened.")
	dirClosed    = desc("latchkey_directories_closed_total", "Databases of directories that were closed again.")
	dirFailed    = desc("latchkey_directories_failed_total", "Databases of directories that could not be opened.")
	feedHeard    = desc("latchkey_feed_listeners", "Guards and sessions that listen to what guards are told.")
	feedLines    = desc("latchkey_feed_lines", "News in memory for those who listen.")
	feedLag      = desc("latchkey_feed_lag_seconds", "Time since all news that there were had been read; 0 while nobody listens.")
	nestOpen     = desc("latchkey_nest_connections", "Connections of NestJS clients that are open.")
	nestRefused  = desc("latchkey_nest_refused_total", "Connections of NestJS clients beyond a bound, or whose handshake failed.")
	nestBroken   = desc("latchkey_nest_malformed_total", "Connections of NestJS clients that were ended for what they sent.")
	dirWaiting   = desc("latchkey_directories_waiting", "Callers that wait for another database of a directory to be closed.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe names the metrics.
func (p parts) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		liveHits, liveMisses, liveHeld, liveDegraded, busUp, busDelay, busPublished, busFailed, busHeard, busLost, hashWaiting, mailSent, mailFailed, mailBuried, mailQueued, mailDead,
		feedHeard, feedLines, feedLag, nestOpen, nestRefused, nestBroken,
		dirOpen, dirOpened, dirClosed, dirFailed, dirWaiting,
	} {
		out <- d
	}
}

// Collect reads them.
func (p parts) Collect(out chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, n float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	held := p.app.live.Stats()
	for _, t := range held.Tables {
		count(liveHits, t.Hits, t.Name)
		count(liveMisses, t.Misses, t.Name)
		gauge(liveHeld, float64(t.Held), t.Name)
	}
	gauge(liveDegraded, map[bool]float64{true: 1}[held.Degraded])
	if p.app.bus != nil {
		b := held.Bus
		gauge(busUp, map[bool]float64{true: 1}[b.Up])
		gauge(busDelay, b.Delay.Seconds())
		count(busPublished, b.Published)
		count(busFailed, b.Failed)
		count(busHeard, b.Heard)
		count(busLost, b.Lost)
	}
	gauge(hashWaiting, float64(p.app.service.Passwords.Waiting()))
	sent, failed, buried := p.app.mail.Stats()
	count(mailSent, sent)
	count(mailFailed, failed)
	count(mailBuried, buried)
	news := p.app.feed.Stats()
	gauge(feedHeard, float64(news.Listeners))
	gauge(feedLines, float64(news.Lines))
	gauge(feedLag, news.Lag.Seconds())
	if p.app.nest != nil {
		door := p.app.nest.Stats()
		gauge(nestOpen, float64(door.Connections))
		count(nestRefused, door.Refused)
		count(nestBroken, door.Malformed)
	}
	pool := p.app.store.Stats()
	gauge(dirOpen, float64(pool.Open))
	count(dirOpened, pool.Opened)
	count(dirClosed, pool.Closed)
	count(dirFailed, pool.Failed)
	gauge(dirWaiting, float64(pool.Waiting))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if queued, dead, err := p.app.store.Waiting(ctx); err == nil {
		gauge(mailQueued, float64(queued))
		gauge(mailDead, float64(dead))
	}
}
