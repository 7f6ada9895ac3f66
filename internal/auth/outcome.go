package auth

// Outcome is how a success is told: a stable code and a text for people.
type Outcome struct{ Code, Text string }

// How successes are told (CONTRACT.md §5).
var (
	OutcomeUserCreated   = Outcome{"USER_CREATED", "The account has been created."}
	OutcomeLogin         = Outcome{"LOGIN_SUCCESS", "You are logged in."}
	OutcomeOTPSent       = Outcome{"OTP_SENT", "A code has been sent to your e-mail address."}
	OutcomeRefreshed     = Outcome{"TOKENS_REFRESHED", "The tokens have been renewed."}
	OutcomeTokenValid    = Outcome{"ACCESS_TOKEN_VALID", "The access token is valid."}
	OutcomeCurrentUser   = Outcome{"CURRENT_USER_OK", "This is the logged-in user."}
	OutcomeSessions      = Outcome{"SESSIONS_RETRIEVED", "These are the devices that are logged in."}
	OutcomeLoggedOut     = Outcome{"LOGGED_OUT", "You are logged out."}
	OutcomeSessionEnded  = Outcome{"SESSION_REVOKED", "The session has been ended."}
	OutcomeSessionsEnded = Outcome{"ALL_SESSIONS_REVOKED", "The sessions have been ended."}
)
