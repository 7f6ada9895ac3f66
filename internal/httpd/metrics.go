package httpd

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/latchkey/latchkey/internal/auth"
)

// metrics is what the door counts.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	limited  *prometheus.CounterVec
	page     http.Handler
}

func newMetrics(r *prometheus.Registry) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "latchkey_http_requests_total", Help: "Requests answered.",
		}, []string{"route", "method", "status", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "latchkey_http_request_seconds", Help: "Time from the request's head to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "latchkey_rate_limited_total", Help: "Requests refused by a rate limit, by what it is of.",
		}, []string{"route", "by"}),
		page: promhttp.HandlerFor(r, promhttp.HandlerOpts{}),
	}
	r.MustRegister(m.requests, m.seconds, m.limited)
	return m
}

// observe counts a request that is over. How long a stream was open says nothing
// of how quickly requests are answered.
func (m metrics) observe(route, method string, status int, code string, took time.Duration, stream bool) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status), code).Inc()
	if stream {
		return
	}
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// serveMetrics answers only who may read them; to others there is nothing here
// (ASVS 5.0 V13.4.5). What a proxy passes on does not come from this machine.
func serveMetrics(x *exchange) error {
	local := peer(x.r)
	if !x.server.config.MetricsAllow.contain(local) || forwarded(x.r.Header) {
		return auth.ErrNoRoute
	}
	x.code = "METRICS"
	x.server.metrics.page.ServeHTTP(x.w, x.r)
	return nil
}
