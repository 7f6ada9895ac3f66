package attacks

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An answer is what came back for a command, as a reply of HTTP would be read:
// Meta.Code has the code also of what travels as err.
type answer struct {
	reply
	id   json.RawMessage
	good bool // the command did what it is for
}

// readFrame reads the body of a frame that the server wrote, which is ASCII.
func readFrame(from *bufio.Reader) ([]byte, error) {
	head, err := from.ReadString('#')
	if err != nil {
		if head != "" {
			err = fmt.Errorf("half a frame: %.50q: %w", head, err)
		}
		return nil, err
	}
	size, err := strconv.Atoi(strings.TrimSuffix(head, "#"))
	if err != nil || size <= 0 || size > 16<<20 {
		return nil, fmt.Errorf("no length: %.50q", head)
	}
	body := make([]byte, size)
	_, err = io.ReadFull(from, body)
	return body, err
}

// readAnswer reads what the body of a frame says.
func readAnswer(body []byte) (a answer, err error) {
	var p struct {
		Response, Err, ID json.RawMessage
		Disposed          bool `json:"isDisposed"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return a, fmt.Errorf("this is no packet: %.200q", body)
	}
	a.body, a.id = body, p.ID
	var told struct {
		Meta       struct{ Status string }
		StatusCode int
		Code       string
	}
	switch {
	case p.Response != nil:
		err = errors.Join(json.Unmarshal(p.Response, &a.reply), json.Unmarshal(p.Response, &told))
		a.good = told.Meta.Status == "success"
	case json.Unmarshal(p.Err, &told) == nil && told.Code != "":
		a.status, a.Meta.Code = told.StatusCode, told.Code
	default: // of the transport
		a.Meta.Code = strings.Trim(string(p.Err), `"`)
	}
	g := a.grant()
	secret(g.AccessToken, g.RefreshToken, g.DeviceToken)
	return a, err
}
