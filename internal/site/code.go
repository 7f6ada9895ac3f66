package site

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// stepCookie keeps the challenge that a browser is to answer. What is in it
// opens nothing without the mailed code.
const stepCookie = "loginStep"

// challenge is a code that was mailed.
type challenge struct {
	auth.Challenge
	SentAt time.Time `json:"sentAt"`
}

// resendAfter is how long the page waits before it offers another code. The
// limits of the API hold whatever a page offers.
const resendAfter = 30 * time.Second

// Wait is how many seconds the page waits before it offers another code.
func (c challenge) Wait(now time.Time) int {
	return min(max(int((c.SentAt.Add(resendAfter).Sub(now)+time.Second-1)/time.Second), 0), int(resendAfter/time.Second))
}

// challenge goes on to the page that asks for the code.
func (v *visit) challenge(a answer) {
	c := challenge{SentAt: v.Now()}
	if err := a.read(&c.Challenge); err != nil {
		v.failed(v.broken("the challenge could not be read", err))
		return
	}
	v.keepChallenge(c)
	v.see(v.address(account + "/code"))
}

func (v *visit) keepChallenge(c challenge) {
	text, err := json.Marshal(c)
	if err != nil {
		v.Log.ErrorContext(v.r.Context(), "page: the challenge could not be written", "error", err.Error())
	}
	v.setCookie(stepCookie, base64.RawURLEncoding.EncodeToString(text), account, max(int(c.ExpiresAt.Sub(v.Now()).Seconds()), 1))
}

// open is the challenge that waits for its code.
func (v *visit) open() (c challenge, found bool) {
	text, err := base64.RawURLEncoding.DecodeString(v.cookie(stepCookie))
	if err != nil || json.Unmarshal(text, &c) != nil || c.LoginID == "" {
		return c, false
	}
	return c, true
}

// start sends who has no challenge back to the login.
func (v *visit) startAgain() {
	v.setCookie(stepCookie, "", account, 0)
	v.say(auth.ErrOTPGone.Code)
	v.see(v.address(account + "/login"))
}

func showCode(v *visit) {
	c, found := v.open()
	if !found {
		v.startAgain()
		return
	}
	v.render(http.StatusOK, page{name: "code", data: c})
}

func sendCode(v *visit) {
	c, found := v.open()
	if !found {
		v.startAgain()
		return
	}
	// As people copy it: "042 137".
	code := strings.Join(strings.FieldsFunc(v.field("code"), func(r rune) bool { return r == ' ' || r == '-' || r == '\t' }), "")
	a := v.ask(http.MethodPost, "/auth/login/verify", map[string]string{"loginId": c.LoginID, "otp": code})
	switch {
	case a.ok():
		v.setCookie(stepCookie, "", account, 0)
		v.arrive()
	case a.Meta.Code == auth.ErrOTPGone.Code, a.Meta.AttemptsLeft != nil && *a.Meta.AttemptsLeft == 0:
		v.startAgain()
	default:
		v.again(page{name: "code", data: c, fields: map[string]string{"otp": "code"}}, a)
	}
}

func resendCode(v *visit) {
	c, found := v.open()
	if !found {
		v.startAgain()
		return
	}
	a := v.ask(http.MethodPost, "/auth/login/resend", map[string]string{"loginId": c.LoginID})
	switch {
	case a.ok():
		v.say(auth.OutcomeOTPSent.Code)
		v.challenge(a)
	case a.Meta.Code == auth.ErrOTPGone.Code:
		v.startAgain()
	default:
		v.again(page{name: "code", data: c}, a)
	}
}
