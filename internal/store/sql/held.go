package sql

// Where several transactions run at once, one that decides by what it read has
// to keep others from changing that meanwhile. What is held is held until the
// transaction ends. The order is the same for all, so that no two wait for each
// other: a user, then sessions, then what has a name, then the record's end.
// Where there is one writer all of this does nothing.

const userHold = "SELECT 1 FROM users WHERE directory = $1 AND id = $2"

// held makes a SELECT of single rows one that holds them.
func (t *tx) held(query string) string { return query + t.dialect.hold }

// shared makes a SELECT of single rows one that keeps others from changing them.
func (t *tx) shared(query string) string { return query + t.dialect.share }

// holdUser makes whoever changes a user's account, sessions or devices wait for
// each other. One that is not there is no error.
func holdUser(t *tx, directory, user string) error {
	if t.dialect.hold == "" {
		return nil
	}
	_, err := exists(t, t.held(userHold), directory, user)
	return err
}

// holdName makes all who hold the same name wait for each other: for what has no
// row of its own.
func holdName(t *tx, name string) error {
	if t.dialect.holdName == "" {
		return nil
	}
	_, err := t.exec(t.dialect.holdName, name)
	return err
}
