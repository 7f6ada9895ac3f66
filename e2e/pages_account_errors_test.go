package e2e

import "testing"

// TestPagesOutsideErrors makes the mistakes that people make before they are in.
func TestPagesOutsideErrors(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off"}))
	t.Run("sign-up", func(t *testing.T) {
		who := newPerson()
		s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
		p := b.read(t, s, "/auth/account/sign-up")
		p.fill(t, "name", who.Name, "email", who.Email, "password", "password1")
		p.press(t, "Make an account")
		p.shows(t, "Look at what is marked.", "among the first that are guessed")
		p.look(t, "sign-up-errors")
		p.fill(t, "password", who.Password)
		p.press(t, "Make an account")
		p.shows(t, "There is an account with that already.", "is taken already")
		p.visit(t, "/auth/account/sign-up?lang=ko")
		p.fill(t, "name", who.Name, "email", "x@y", "password", "짧음")
		p.press(t, "계정 만들기")
		p.shows(t, "표시된 곳을 확인해 주세요.", "8자 이상이어야 합니다")
		p.look(t, "sign-up-errors-ko")
		p.quiet(t)
	})
	t.Run("login and code", func(t *testing.T) {
		who := newPerson()
		s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
		p := b.read(t, s, "/auth/account/login?to=/auth/account/profile")
		p.fill(t, "who", who.Email, "password", "not-"+who.Password)
		p.press(t, "Log in")
		p.shows(t, "That name and password do not fit together.")
		p.look(t, "login-wrong")
		p.fill(t, "password", who.Password)
		p.press(t, "Log in")
		p.shows(t, "Enter the code")
		right := s.devCode(t, who.Email)
		wrong := string('0'+('9'-rune(right[0]))) + right[1:]
		if wrong == right {
			t.Fatal("the wrong code is the right one")
		}
		p.leaving(t, func() { p.fill(t, "code", wrong) })
		p.shows(t, "That is not the code. You have", "tries left")
		p.look(t, "code-wrong")
		p.leaving(t, func() { p.fill(t, "code", right[:3]+" "+right[3:]) })
		p.shows(t, "Profile", who.Email)
		p.quiet(t)
	})
	t.Run("a lock", func(t *testing.T) {
		who := newPerson()
		s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
		p := b.read(t, s, "/auth/account/login")
		for range 8 {
			p.fill(t, "who", who.Email, "password", "not-"+who.Password)
			p.press(t, "Log in")
		}
		p.shows(t, "do not fit together") // who has no password is not told of the lock
		p.fill(t, "who", who.Email, "password", who.Password)
		p.press(t, "Log in")
		p.shows(t, "Your account is locked")
		p.look(t, "login-locked")
		p.press(t, "Is your account locked?")
		p.fill(t, "email", who.Email)
		p.press(t, "Send the link")
		p.shows(t, "Look into your mail")
		p.look(t, "sent")
		p.quiet(t)
	})
	t.Run("an unknown tenant", func(t *testing.T) {
		p := b.read(t, s, "/auth/account/login?tenant=nowhere")
		p.shows(t, "This did not work", "There is nothing at this address.")
		p.look(t, "problem")
		p.quiet(t)
	})
}
