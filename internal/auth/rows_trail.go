package auth

type eventData struct {
	Directory string `json:"directory"`
	Number    int64  `json:"number"`
	ID        string `json:"id"`
	Tenant    string `json:"tenant,omitempty"`
	At        int64  `json:"at"`
	Action    Action `json:"action"`
	User      string `json:"user,omitempty"`
	Actor     string `json:"actor,omitempty"`
	Session   string `json:"session,omitempty"`
	IP        string `json:"ip,omitempty"`
	Agent     string `json:"agent,omitempty"`
	RequestID string `json:"requestId,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Hash      []byte `json:"hash"`
}

// EventRow makes the row of an event in its record.
func EventRow(l Link) (Row, error) {
	return newRow(RowEvents, RowKey(l.Directory, RowNumber(l.Number)), eventData{
		l.Directory, l.Number, l.ID, l.Tenant, rowTime(l.At), l.Action, l.User, l.Actor, l.Session, l.IP, l.Agent, l.RequestID, l.Reason,
		filled(l.Hash),
	})
}

// Link reads the row of an event.
func (r Row) Link() (Link, error) {
	d, err := readRow[eventData](r, RowEvents)
	return Link{
		Number: d.Number,
		Event: Event{
			ID: d.ID, Directory: d.Directory, Tenant: d.Tenant, At: timeOf(d.At), Action: d.Action, User: d.User, Actor: d.Actor,
			Session: d.Session, IP: d.IP, Agent: d.Agent, RequestID: d.RequestID, Reason: d.Reason,
		},
		Hash: d.Hash,
	}, err
}

// Head is where a directory's record ends.
type Head struct {
	Directory string
	Number    int64
	Hash      []byte
}

type headData struct {
	Directory string `json:"directory"`
	Number    int64  `json:"number"`
	Hash      []byte `json:"hash"`
}

// HeadRow makes the row of where a record ends.
func HeadRow(h Head) (Row, error) {
	return newRow(RowHeads, h.Directory, headData{h.Directory, h.Number, filled(h.Hash)})
}

// Head reads the row of where a record ends.
func (r Row) Head() (Head, error) {
	d, err := readRow[headData](r, RowHeads)
	return Head(d), err
}
