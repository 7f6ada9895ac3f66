package password

import "container/list"

// queue holds those who wait, in one line for each tenant. The tenants take
// turns, and within a tenant whoever came first is served first: a storm at one
// tenant costs another's login one turn for each tenant that waits, not one for
// each login of the storm. A tenant of which nobody waits leaves no trace.
//
// Every operation takes the same time, however many wait.
type queue struct {
	max, waiting int
	lines        map[string]*line // by tenant
	turns        list.List        // of *line: whose turn is next stands in front
	byLength     []list.List      // of *line: at i the lines of i waiters
	longest      int              // the length of the longest line
}

// line is those of one tenant who wait, at least one.
type line struct {
	tenant  string
	waiters list.List     // of *waiter, as they came
	turn    *list.Element // its place in queue.turns
	rank    *list.Element // its place in queue.byLength
}

// waiter is one who waits, or did.
type waiter struct {
	need    need
	verdict chan error // gets one value: nil lets in
	line    *line
	place   *list.Element // nil once it waits no more
}

func newQueue(most int) *queue {
	return &queue{max: most, lines: make(map[string]*line), byLength: make([]list.List, most+1)}
}

func (w *waiter) waits() bool { return w.place != nil }

func (q *queue) full() bool { return q.waiting >= q.max }

// next returns whose turn it is, nil when nobody waits.
func (q *queue) next() *waiter {
	first := q.turns.Front()
	if first == nil {
		return nil
	}
	return first.Value.(*line).waiters.Front().Value.(*waiter)
}

// add puts a newcomer at the end of its tenant's line; a new line has its turn
// after all the others.
func (q *queue) add(tenant string, n need) *waiter {
	l := q.lines[tenant]
	if l == nil {
		l = &line{tenant: tenant}
		l.turn = q.turns.PushBack(l)
		q.lines[tenant] = l
	}
	w := &waiter{need: n, verdict: make(chan error, 1), line: l}
	w.place = l.waiters.PushBack(w)
	q.waiting++
	q.sort(l, l.waiters.Len()-1)
	return w
}

// serve removes w, whose turn it is, and ends the turn of its tenant.
func (q *queue) serve(w *waiter) {
	q.turns.MoveToBack(w.line.turn)
	q.remove(w)
}

// remove takes w out, and its line when it was the only one there; the turns of
// the others stay as they are.
func (q *queue) remove(w *waiter) {
	l := w.line
	l.waiters.Remove(w.place)
	w.place = nil
	q.waiting--
	q.sort(l, l.waiters.Len()+1)
	if l.waiters.Len() == 0 {
		q.turns.Remove(l.turn)
		delete(q.lines, l.tenant)
	}
}

// yields returns who has to go, when the queue is full, for a newcomer of this
// tenant: the newest of the longest line, if the newcomer's is shorter even
// with the newcomer in it. It returns nil when there is no such line: to put
// out one for another of the same right would help nobody, and two storms
// would throw out each other's logins for ever.
func (q *queue) yields(tenant string) *waiter {
	length := 1
	if l := q.lines[tenant]; l != nil {
		length += l.waiters.Len()
	}
	if length >= q.longest {
		return nil
	}
	return q.byLength[q.longest].Front().Value.(*line).waiters.Back().Value.(*waiter)
}

// sort puts l, which had so many waiters and now has one more or less, among
// the lines of its length.
func (q *queue) sort(l *line, before int) {
	now := l.waiters.Len()
	if before > 0 {
		q.byLength[before].Remove(l.rank)
	}
	if now > 0 {
		l.rank = q.byLength[now].PushBack(l)
	}
	if now > q.longest || q.byLength[q.longest].Len() == 0 {
		q.longest = now // the only line that was the longest grew or shrank by one
	}
}
