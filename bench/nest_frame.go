package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// idSize is how many digits the id of a request has: all as many, so that a
// frame is changed in place.
const idSize = 9

// idEnd is what follows an id: it is the last member of what we ask, and of what
// is answered.
const idEnd = `"}`

// nestAsk is a frame that asks about a session (NEST-TCP.md has the bytes).
type nestAsk []byte

// newNestAsk asks what the gateway's guard asks at every request.
func newNestAsk(token string) (nestAsk, error) {
	c, err := claimsOf(token)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(map[string]string{"token": token, "tenantId": c.TenantID, "userId": c.Subject, "sid": c.Session})
	if err != nil {
		return nil, err
	}
	body := fmt.Sprintf(`{"pattern":{"cmd":"auth.session.validate"},"data":%s,"id":"%0*d"}`, data, idSize, 0)
	return nestAsk(strconv.Itoa(len(body)) + "#" + body), nil
}

// nestAsks are those about each person's session.
func (b *bench) nestAsks() ([]nestAsk, error) {
	var asks []nestAsk
	for _, p := range b.people {
		ask, err := newNestAsk(p.access)
		if err != nil {
			return nil, err
		}
		asks = append(asks, ask)
	}
	return asks, nil
}

// numbered writes the id into the frame.
func (a nestAsk) numbered(id int) nestAsk {
	digits := a[len(a)-len(idEnd)-idSize:][:idSize]
	for i := idSize - 1; i >= 0; i-- {
		digits[i] = byte('0' + id%10)
		id /= 10
	}
	return a
}

// numberOf reads the id at the end of a body.
func numberOf(body []byte) (int, error) {
	at := len(body) - len(idEnd) - idSize
	if at < 0 || string(body[at+idSize:]) != idEnd {
		return 0, errors.New("a frame that does not end with an id")
	}
	id := 0
	for _, c := range body[at : at+idSize] {
		if c < '0' || c > '9' {
			return 0, errors.New("a frame with an id of somebody else")
		}
		id = id*10 + int(c-'0')
	}
	return id, nil
}

var errNoFrame = errors.New("what came is no frame")

// readFrame reads a frame whose body is ASCII, so that its length is in bytes,
// into a buffer that it makes larger where it must.
func readFrame(r *bufio.Reader, into []byte) ([]byte, error) {
	n, digits := 0, 0
	for {
		c, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == '#' && digits > 0 {
			break
		}
		if c < '0' || c > '9' {
			return nil, errNoFrame
		}
		if n, digits = n*10+int(c-'0'), digits+1; n > answerLimit {
			return nil, errNoFrame
		}
	}
	if cap(into) < n {
		into = make([]byte, 2*n)
	}
	into = into[:n]
	_, err := io.ReadFull(r, into)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return into, err
}
