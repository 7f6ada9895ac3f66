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
	OutcomeIdentity      = Outcome{"IDENTITY_VERIFIED", "The request may come in."}
	OutcomeCurrentUser   = Outcome{"CURRENT_USER_OK", "This is the logged-in user."}
	OutcomeFront         = Outcome{"FRONT_RETRIEVED", "This is what the tenant's pages show."}
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
	OutcomeSwitched      = Outcome{"TENANT_SWITCHED", "The session is in the other tenant now."}
	OutcomeMainTenant    = Outcome{"MAIN_TENANT_SET", "This is the main tenant now."}
	OutcomeLeft          = Outcome{"TENANT_LEFT", "You have left the tenant."}
	OutcomeProfile       = Outcome{"PROFILE_UPDATED", "The profile has been changed."}
	OutcomeInvited       = Outcome{"INVITATION_SENT", "An invitation has been sent."}
	OutcomeInvitations   = Outcome{"INVITATIONS_RETRIEVED", "These are the invitations that are open."}
	OutcomeUninvited     = Outcome{"INVITATION_REVOKED", "The invitation no longer works."}
	OutcomeInviteReady   = Outcome{"INVITATION_READY", "This link accepts the invitation. Nothing has been changed yet."}
	OutcomeJoined        = Outcome{"INVITATION_ACCEPTED", "You are a member now and can log in."}
	OutcomeDisowned      = Outcome{"SESSION_DISOWNED", "The session has been ended, and a link for a new password has been sent."}
)

// How successes of those who run things are told.
var (
	OutcomeTenantCreated = Outcome{"TENANT_CREATED", "The tenant has been created."}
	OutcomeTenants       = Outcome{"TENANTS_RETRIEVED", "These are the tenants."}
	OutcomeTenant        = Outcome{"TENANT_RETRIEVED", "This is the tenant."}
	OutcomeTenantUpdated = Outcome{"TENANT_UPDATED", "The tenant has been changed."}
	OutcomeTenantStatus  = Outcome{"TENANT_STATUS_CHANGED", "The tenant's status has been changed."}
	OutcomeStatus        = Outcome{"TENANT_STATUS_RETRIEVED", "This is the tenant's status."}
	OutcomeTenantValid   = Outcome{"TENANT_VALIDATED", "This says whether there is such a tenant and it is active."}
	OutcomeTenantDeleted = Outcome{"TENANT_DELETED", "The tenant has been deleted."}
	OutcomeUsers         = Outcome{"USERS_RETRIEVED", "These are the users."}
	OutcomeUser          = Outcome{"USER_RETRIEVED", "This is the user."}
	OutcomeUserUpdated   = Outcome{"USER_UPDATED", "The user has been changed."}
	OutcomeUserRemoved   = Outcome{"USER_REMOVED", "The user is no longer a member."}
	OutcomeUserLocked    = Outcome{"USER_LOCKED", "The account is locked."}
	OutcomeRoleUpdated   = Outcome{"USER_ROLE_UPDATED", "The user's role has been changed."}
	OutcomeRoles         = Outcome{"ROLES_RETRIEVED", "These are the roles."}
	OutcomeRoleCreated   = Outcome{"ROLE_CREATED", "The role has been created."}
	OutcomeRoleChanged   = Outcome{"ROLE_UPDATED", "The role has been changed."}
	OutcomeRoleDeleted   = Outcome{"ROLE_DELETED", "The role has been deleted."}
	OutcomeSpaces        = Outcome{"SPACES_RETRIEVED", "These are the spaces."}
	OutcomeSpaceCreated  = Outcome{"SPACE_CREATED", "The space has been created."}
	OutcomeKeys          = Outcome{"API_KEYS_RETRIEVED", "These are the API keys."}
	OutcomeKeyCreated    = Outcome{"API_KEY_CREATED", "The API key has been created. It is shown this once."}
	OutcomeKeyRevoked    = Outcome{"API_KEY_REVOKED", "The API key is good no more."}
	OutcomeHistory       = Outcome{"HISTORY_RETRIEVED", "This is what happened to the account, newest first."}
	OutcomeSystem        = Outcome{"SYSTEM_RETRIEVED", "This is how the deployment is."}
	OutcomeSigningKeys   = Outcome{"SIGNING_KEYS_RETRIEVED", "These are the keys that sign access tokens."}
	OutcomeKeysRotated   = Outcome{"SIGNING_KEYS_ROTATED", "There is a new signing key."}
	OutcomeChecked       = Outcome{"RECORD_CHECKED", "This is what was found in the record."}
	OutcomeOverview      = Outcome{"OVERVIEW_RETRIEVED", "This is what goes on in the tenant."}
	OutcomeMails         = Outcome{"MAILS_RETRIEVED", "These are the mails."}
	OutcomeMailQueued    = Outcome{"MAIL_QUEUED", "The mail is tried again."}
	OutcomeMemberReset   = Outcome{"RESET_SENT", "A link to set a new password has been sent to the user."}
	OutcomeEvents        = Outcome{"AUDIT_EVENTS_RETRIEVED", "This is what happened, newest first."}
)
