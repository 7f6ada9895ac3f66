package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/latchkey/latchkey/internal/rpcd"
)

// expiryNotice is how long before its end a certificate is worth a word.
const expiryNotice = 14 * 24 * time.Hour

// checkNest looks at the NestJS door; at a closed one there is nothing to see.
func checkNest(_ context.Context, p *patient) (found []finding) {
	s := p.settings
	if len(s.NestPorts) == 0 {
		return nil
	}
	if s.NestCert != "" {
		found = append(found, checkNestTLS(s, time.Now()))
	} else {
		found = append(found, ok("the NestJS door is open to this machine alone, and believes whoever reaches it"))
	}
	if s.NestTenants == rpcd.TenantsWrite {
		found = append(found, warn("tenant.* commands are an operator's, whoever the gateway sends them for; a gateway of the seed sends them for every logged-in user", "set AUTH_SERVICE_TCP_TENANTS to read, unless your gateway looks at roles"))
	}
	return found
}

// checkNestTLS judges the door's certificate.
func checkNestTLS(s Settings, now time.Time) finding {
	f := &certificates{settings: s}
	c, err := f.load()
	if err != nil {
		return fail(err.Error(), "name PEM files that this user can read, the key being the certificate's own")
	}
	leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
	if err != nil {
		return fail("AUTH_SERVICE_TCP_TLS_CERT: "+err.Error(), "put a certificate in PEM there")
	}
	const mend = "renew it; a new file is taken up without a restart"
	switch until := leaf.NotAfter.Format(time.DateOnly); {
	case now.After(leaf.NotAfter):
		return fail("the NestJS door's certificate ended on "+until+": no gateway can connect", mend)
	case now.Add(expiryNotice).After(leaf.NotAfter):
		return warn("the NestJS door's certificate ends on "+until, mend)
	}
	if info, err := os.Stat(f.path(s.NestKey)); err == nil && info.Mode().Perm()&0o077 != 0 {
		return warn(fmt.Sprintf("the NestJS door's private key has mode %#o: others on this machine can read it", info.Mode().Perm()), "chmod 600 "+f.path(s.NestKey))
	}
	return ok("the NestJS door takes mutual TLS; its certificate ends on %s", leaf.NotAfter.Format(time.DateOnly))
}
