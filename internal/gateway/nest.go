package gateway

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/internal/nest"
)

// What is refused, or not answered, where a command of a NestJS microservice
// stands behind a route.
var (
	errUpgrade = guard.Error{Status: http.StatusBadRequest, Code: guard.CodeInvalid, Message: "There is no WebSocket here."}
	errService = guard.Error{Status: http.StatusBadGateway, Code: "UPSTREAM_FAILED", Message: "The service behind failed."}
)

// codeRefused is that of a service behind which refuses with a status of its own,
// and has no code.
const codeRefused = "UPSTREAM_REFUSED"

var codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,63}$`)

// mostMessage bounds what a service says of a failure, in bytes.
const mostMessage = 1 << 10

// isNest reports whether an address is that of a command.
func isNest(at *url.URL) bool { return at.Scheme == "nest" || at.Scheme == "nests" }

// newCommand makes an instance of the address of a command.
func newCommand(at *url.URL) (*instance, error) {
	command := strings.TrimPrefix(at.Path, "/")
	if at.Hostname() == "" || at.Port() == "" || command == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return nil, fmt.Errorf("%q is no command such as nest://127.0.0.1:4505/product.list", at.Redacted())
	}
	config := nest.ClientConfig{Address: at.Host, DialTimeout: dialLimit}
	if at.Scheme == "nests" {
		config.TLS = &tls.Config{ServerName: at.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return &instance{at: at, command: command, client: nest.NewClient(config)}, nil
}

// asCommand checks a route to a command, which is told neither the method nor
// the path, and has no headers.
func (r *Route) asCommand() (problems []error) {
	if len(r.Methods) == 0 {
		// Any website can make a browser send its cookies with a GET. A service that
		// knows the method changes nothing on one; a command does what it does.
		problems = append(problems, errors.New("methods: a command is not told the method: say [POST], or [GET] if it only reads"))
	}
	if r.Assertion != "" || r.StripPrefix != "" || r.ForwardToken {
		problems = append(problems, errors.New("assertion, strip_prefix and forward_token are for services that speak HTTP; a command is told who asks in req.user"))
	}
	for name := range wildcards(r.Path, r.Path) {
		if slices.Contains(gatewaysOwn, name) {
			problems = append(problems, fmt.Errorf("path: {%s} would be that member of the payload, which is the gateway's", name))
		}
	}
	return problems
}

// call sends a command to an instance that is well. Where no connection could be
// made nothing was sent, and a second one is tried.
func (p *pool) call(ctx context.Context, payload []byte) ([]byte, error) {
	first := p.next(nil)
	if first == nil {
		return nil, errNoneWell
	}
	response, err := p.tell(ctx, first, payload)
	if !errors.Is(err, nest.ErrNotDialled) || ctx.Err() != nil {
		return response, err
	}
	second := p.next(first)
	if second == nil {
		return nil, err
	}
	return p.tell(ctx, second, payload)
}

func (p *pool) tell(ctx context.Context, i *instance, payload []byte) ([]byte, error) {
	response, err := i.client.Call(ctx, i.command, payload)
	if errors.Is(err, nest.ErrNotDialled) {
		p.missed(i)
	}
	return response, err
}

// ask has the request answered by the command that its route leads to.
func (x *exchange) ask(ctx context.Context) {
	r := x.r.WithContext(ctx)
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		x.refuse(errUpgrade)
		return
	}
	payload, err := x.payload()
	if err != nil {
		x.unanswered(r, err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, x.route.pool.timeout)
	defer cancel()
	response, err := x.route.pool.call(ctx, payload)
	if err != nil {
		x.unanswered(r, err)
		return
	}
	x.pass(response)
}

// unanswered answers where there is no response.
func (x *exchange) unanswered(r *http.Request, err error) {
	var ours guard.Error
	var theirs *nest.Error
	switch {
	case errors.As(err, &ours):
		x.refuse(ours)
	case errors.As(err, &theirs): // what it says is between it and the client
		x.log(errors.New("the command failed"))
		x.refuse(refusal(theirs.Value))
	case errors.Is(err, nest.ErrUnknown):
		x.log(err)
		x.refuse(errService)
	default:
		x.failed(x.w, r, err)
	}
}

// pass answers with a response; nil: there is none.
func (x *exchange) pass(response []byte) {
	a := &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}}
	if response != nil {
		a.StatusCode = statusOf(response)
		a.Header.Set("Content-Type", "application/json; charset=utf-8")
		a.Header.Set("X-Content-Type-Options", "nosniff")
	}
	if err := x.answer(a); err != nil {
		x.refuse(err)
		return
	}
	maps.Copy(x.w.Header(), a.Header)
	x.w.WriteHeader(a.StatusCode)
	if response != nil {
		_, _ = x.w.Write(append(response, '\n')) // who no longer listens needs no answer, nor does a HEAD
	}
}

// statusOf is the HTTP status of a response: the one that it names, 400 where it
// is an envelope that tells of an error, else 200.
func statusOf(response []byte) int {
	var m map[string]json.RawMessage
	if response[0] != '{' || json.Unmarshal(response, &m) != nil {
		return http.StatusOK
	}
	for _, name := range []string{"httpStatus", "statusCode"} {
		// Below 200 it would be no answer yet (RFC 9110 §15.2).
		if n := number(m[name]); n >= 200 && n <= 599 {
			return n
		}
	}
	var meta map[string]json.RawMessage
	if json.Unmarshal(m["meta"], &meta) == nil && string(meta["status"]) == `"error"` {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// refusal is what the client is told of a command that failed: the status that
// the service names, its message and its code, and nothing else that it said.
func refusal(value []byte) guard.Error {
	var m map[string]json.RawMessage
	if json.Unmarshal(value, &m) != nil {
		return errService
	}
	status := number(m["statusCode"])
	if status < 400 || status > 599 {
		return errService
	}
	code, text := "", ""
	var several []string // of Nest's ValidationPipe
	if json.Unmarshal(m["message"], &text) != nil && json.Unmarshal(m["message"], &several) == nil {
		text = strings.Join(several, "; ")
	}
	if text == "" || len(text) > mostMessage {
		text = http.StatusText(status)
	}
	if json.Unmarshal(m["code"], &code) != nil || !codeForm.MatchString(code) {
		code = codeRefused
	}
	return guard.Error{Status: status, Code: code, Message: text}
}

// number reads a whole number in JSON; 0 for anything else.
func number(raw json.RawMessage) int {
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return 0
	}
	return n
}
