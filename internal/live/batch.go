package live

// batch is what is published together: what all those have dropped who wait for
// it to be done. It is written to under the lock of its crier.
type batch struct {
	keys   map[subject][]string
	all    bool // everything
	reload bool // and something that is not held here
	done   chan struct{}
	told   bool // the others know or will; set before done is closed
}

func newBatch() *batch {
	return &batch{keys: make(map[subject][]string), done: make(chan struct{})}
}

// add has keys dropped by the others. What is too long to be held by anybody
// need not be.
func (b *batch) add(s subject, keys ...string) {
	for _, k := range keys {
		if len(k) <= longest {
			b.keys[s] = append(b.keys[s], k)
		}
	}
}

// mostMessages bounds what is published at once, some 12,000 keys: who has to
// forget more is quicker to forget everything.
const mostMessages = 64

// messages returns what is to be published.
func (b *batch) messages(sender string) []string {
	texts := b.drops(sender)
	if b.reload {
		texts = append(texts, message{says: saysReload, sender: sender}.write())
	}
	return texts
}

func (b *batch) drops(sender string) (texts []string) {
	all := b.all
	for s, keys := range b.keys {
		if all || len(texts) > mostMessages {
			break
		}
		more, fits := s.write(sender, keys)
		texts, all = append(texts, more...), !fits
	}
	if all || len(texts) > mostMessages {
		return []string{message{says: saysAll, sender: sender}.write()}
	}
	return texts
}
