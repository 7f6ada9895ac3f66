package mail

import (
	"context"
	"crypto/tls"
	"net"
)

// passage is the one connection of a delivery. go-mail looks at the context
// only while it dials and leaves the connection open after some failures; so
// the connection ends with the context, and with the delivery.
type passage struct {
	ctx  context.Context // of the whole delivery; that of dial ends with the greeting
	smtp SMTP
	conn net.Conn
}

func (p *passage) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, p.smtp.address())
	if err != nil {
		return nil, err
	}
	p.conn = conn
	context.AfterFunc(p.ctx, p.close)
	if p.smtp.TLS != TLSImplicit {
		return conn, nil
	}
	// go-mail knows by the type that the connection is encrypted.
	encrypted := tls.Client(conn, p.smtp.tls())
	return encrypted, encrypted.HandshakeContext(ctx)
}

func (p *passage) close() {
	if p.conn != nil {
		p.conn.Close() // twice on most ways out: an error means nothing
	}
}
