/** Why a request is refused, with Latchkey's own codes (guard/answer.go). It holds nothing of the credential. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly status: number, readonly code: string, message: string, readonly reason?: string, readonly retryAfter?: number) { super(message); }
}

export const tokenMissing = () => new Refusal(401, 'ACCESS_TOKEN_MISSING', 'The request carries no access token. Please log in.');
export const tokenInvalid = (reason: string) => new Refusal(401, 'TOKEN_INVALID', 'The access token is not valid.', reason);
export const tenantMismatch = () => new Refusal(403, 'TENANT_MISMATCH', 'The token belongs to another tenant.');
export const forbidden = () => new Refusal(403, 'FORBIDDEN', 'You are not allowed to do this.');
export const ambiguous = () => new Refusal(400, 'AMBIGUOUS_CREDENTIALS', 'The request carries two different credentials. Send one.');
export const tooManyCookies = () => new Refusal(400, 'VALIDATION_FAILED', 'The request carries too many cookies.', 'cookie');
export const sessionEnded = (reason: string) => new Refusal(401, 'SESSION_NOT_FOUND', 'This session has ended. Please log in again.', reason || undefined);
export const userGone = () => new Refusal(401, 'USER_NOT_FOUND', 'This account does not exist or is disabled.');
export const otherFeed = () => new Refusal(403, 'TENANT_MISMATCH', 'The token belongs to another tenant than this service.');
export const tenantInactive = () => new Refusal(403, 'TENANT_INACTIVE', 'This tenant is not active.');
export const feedSilent = () => new Refusal(503, 'REVOCATION_UNKNOWN', 'Whether this session has ended cannot be told at the moment. Please try again shortly.', undefined, 5);
export const keysUnavailable = () => new Refusal(503, 'KEYS_UNAVAILABLE', 'The token cannot be checked at the moment. Please try again shortly.', undefined, 5);
