package directory

// Stats counts what a pool does, since it was made.
type Stats struct {
	Open    int    // databases open now, with those being opened or closed
	Opened  uint64 // databases opened
	Closed  uint64 // databases closed
	Failed  uint64 // that could not be opened
	Waiting int    // callers that wait for another database to be closed
}

// Stats returns the counts.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Open, s.Waiting = len(p.slots), p.waiting
	return s
}
