package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"runtime/debug"
	"sync"
)

// bareProxyCommand makes this program a proxy, in a process of its own.
const bareProxyCommand = "bare-proxy"

// serveBareProxy passes everything on to one service, with the standard
// library's proxy as the gateway has it, and asks nobody who they are: what any
// proxy costs here.
func serveBareProxy(in io.Reader, out io.Writer, to string) error {
	debug.SetGCPercent(400) // as every server of ours
	at := &url.URL{Scheme: "http", Host: to}
	return serveUntil(in, out, &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(at) }, FlushInterval: -1, BufferPool: &copies{},
		Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: patience}).DialContext, MaxIdleConnsPerHost: 2 * widest, DisableCompression: true},
	})
}

// copies are what answers pass through.
type copies struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (c *copies) Get() []byte {
	if p, ok := c.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

// Put implements httputil.BufferPool.
func (c *copies) Put(p []byte) { c.pool.Put(&p) }
