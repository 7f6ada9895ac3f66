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
	OutcomeUnlockReady   = Outcome{"UNLOCK_READY", "This link unlocks the account. Nothing has been changed yet."}
	OutcomeUnlocked      = Outcome{"ACCOUNT_UNLOCKED", "The account is unlocked."}
	OutcomeNotLocked     = Outcome{"ACCOUNT_ALREADY_UNLOCKED", "The account is not locked."}
	OutcomeUnlockSent    = Outcome{"UNLOCK_SENT_IF_LOCKED", "If there is such an account and it is locked, a link has been sent to its address."}
	OutcomeResetSent     = Outcome{"RESET_SENT_IF_KNOWN", "If there is such an account, a link has been sent to its address."}
	OutcomeResetReady    = Outcome{"RESET_READY", "This link sets a new password. Nothing has been changed yet."}
	OutcomePassword      = Outcome{"PASSWORD_CHANGED", "The password has been changed."}
	OutcomeDisownReady   = Outcome{"DISOWN_READY", "This link ends the session and starts a password reset. Nothing has been changed yet."}
	OutcomeDisowned      = Outcome{"SESSION_DISOWNED", "The session has been ended, and a link for a new password has been sent."}
)
