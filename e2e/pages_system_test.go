package e2e

import "testing"

// systemPage says how the deployment is: first well, then with a mail that was
// given up.
func systemPage(t *testing.T, p *reader, s *server) {
	p.visit(t, "/admin/system")
	p.shows(t, "All is well.", "SQLite", "answered in", "0 waiting, 0 given up")
	p.look(t, "system")
	p.visit(t, "/admin/system?lang=ko")
	p.shows(t, "모두 정상입니다.", "데이터베이스")
	p.look(t, "system-ko")
	tamper(t, s.database(), "UPDATE outbox SET state = 'dead'")
	p.visit(t, "/admin/system?lang=en")
	p.shows(t, "There are mails that were given up.", "1 given up")
	p.lacks(t, "All is well.")
	p.look(t, "system-unwell")
	p.quiet(t)
}
