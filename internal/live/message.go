package live

import (
	"net/url"
	"strings"
)

// A message is text, its parts separated by blanks: two bytes, the form and what
// it says; who sends it; and what it is about, each part escaped as in a URL,
// which changes nothing in the ids that this program makes. For a drop that is
// the directory and the keys:
//
//	1s XQRL…26 letters acme 0198…36 letters 0198…36 letters
//
// A release that has something new to say takes a new letter, or the next form:
// who cannot read a message drops everything. Only the ping is the same in every
// form, for it comes all the time.
type message struct {
	says   byte
	sender string
	about  []string
}

// form is how this release writes, and all that it reads.
const form = '1'

const (
	saysSlugs    = 'n' // drop tenants by slug; the directory is empty
	saysTenants  = 'i' // drop tenants by id; likewise
	saysSessions = 's'
	saysAccounts = 'a'
	saysAll      = '*' // drop everything
	saysReload   = 'r' // something else changed
	saysPing     = 'p' // to be heard by its sender, about when it was sent
)

// longestMessage is what PostgreSQL carries, less a reserve.
const longestMessage = 7000

// write returns the text of a message; what it is about has been escaped.
func (m message) write() string {
	return strings.Join(append([]string{string([]byte{form, m.says}), m.sender}, m.about...), " ")
}

// parse reads a message. It is not ok if this release cannot know what it says.
func parse(text string) (m message, ok bool) {
	parts := strings.Split(text, " ")
	if len(parts) < 2 || len(parts[0]) != 2 {
		return message{}, false
	}
	m = message{says: parts[0][1], sender: parts[1], about: parts[2:]}
	if m.says == saysPing {
		return m, true
	}
	if parts[0][0] != form {
		return message{}, false
	}
	for i, part := range m.about {
		var err error
		if m.about[i], err = url.QueryUnescape(part); err != nil {
			return message{}, false
		}
	}
	switch m.says {
	case saysAll, saysReload:
		return m, true
	case saysSlugs, saysTenants, saysSessions, saysAccounts:
		return m, len(m.about) > 1
	default:
		return message{}, false
	}
}

// subject is what one message can be about: keys of one kind in one directory.
type subject struct {
	says      byte
	directory string
}

// write returns messages that name the keys, as many as are needed, or none and
// false if a key does not fit into a message.
func (s subject) write(sender string, keys []string) (texts []string, ok bool) {
	directory := url.QueryEscape(s.directory)
	head := len("1s ") + len(sender) + len(" ") + len(directory)
	about, size := []string{directory}, head
	for _, k := range keys {
		k = url.QueryEscape(k)
		if head+1+len(k) > longestMessage {
			return nil, false
		}
		if size+1+len(k) > longestMessage {
			texts = append(texts, message{s.says, sender, about}.write())
			about, size = []string{directory}, head
		}
		about, size = append(about, k), size+1+len(k)
	}
	return append(texts, message{s.says, sender, about}.write()), true
}
