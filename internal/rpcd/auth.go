package rpcd

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func authCommands() []*command {
	return []*command{
		do(command{name: "auth.signup", path: "/auth/sign-up", login: true}, anyone, auth.OutcomeUserCreated, (*auth.Service).SignUp),
		do(command{name: "auth.login", path: "/auth/login", login: true}, anyone, auth.OutcomeLogin, (*auth.Service).SignIn),
		do(command{name: "auth.verifyOtp", path: "/auth/login/verify", login: true}, anyone, auth.OutcomeLogin, (*auth.Service).Verify),
		do(command{name: "auth.unlock", path: "/auth/unlock"}, anyone, auth.OutcomeUnlocked, (*auth.Service).Unlock),
		do(command{name: "auth.refresh", path: "/auth/refresh"}, holder, auth.OutcomeRefreshed, (*auth.Service).Refresh),
		do(command{name: "auth.sessions"}, someone, auth.OutcomeSessions, (*auth.Service).ListSessions),
		do(command{name: "auth.logoutSession"}, someone, auth.OutcomeSessionEnded, (*auth.Service).EndSession),
		do(command{name: "auth.logoutAll"}, someone, auth.OutcomeSessionsEnded, (*auth.Service).EndSessions),
		do(command{name: "auth.changeUserRole"}, someone, auth.OutcomeRoleUpdated, (*auth.Service).ChangeRole),
		do(command{name: "auth.get-current-user"}, bearer, auth.OutcomeCurrentUser, (*auth.Service).Me),
		do(command{name: "auth.session.validate", frequent: true, quick: true}, bearer, auth.OutcomeTokenValid, validated),
	}
}

// validatedUser is what a guard is told of who may come in: all of it is in
// memory, since guards ask at every request, and some of them twice.
type validatedUser struct {
	ID        string    `json:"id"`
	Username  string    `json:"username"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Mobile    string    `json:"mobile"`
	Role      string    `json:"role"`
	SessionID string    `json:"sessionId"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// validated tells a guard who may come in; who may not does not get here.
func validated(_ *auth.Service, _ context.Context, by auth.Caller, _ struct{}) (validatedUser, error) {
	u := by.Account.User
	return validatedUser{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, Mobile: u.Mobile, Role: by.Seat.Role,
		SessionID: by.Session.ID, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}, nil
}
