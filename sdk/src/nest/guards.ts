import { HttpException, Inject, type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PUBLIC, ROLES, STALENESS } from './decorators.js';
import { Latchkey, type Revocation, type Staleness } from './latchkey.js';
import { feedSilent, forbidden, Refusal, tokenMissing } from './refusal.js';
import type { Claims } from './token.js';

type Asked = IncomingMessage & { user?: Claims; raw?: IncomingMessage };

/** What JwtSessionGuard found out about a request, for guards further in: a token alone would bring an old role back. */
const current = new WeakMap<object, { by: Latchkey; user: Claims }>();

/** Verifies the access token here, without asking Latchkey. It does not know whether the session was ended since. */
export class JwtAuthGuard implements CanActivate {
  constructor(protected readonly latchkey: Latchkey, protected readonly reflector: Reflector) {}

  async canActivate(c: ExecutionContext): Promise<boolean> {
    const request = c.switchToHttp().getRequest<Asked>(), places = [c.getHandler(), c.getClass()];
    delete request.user;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, places)) return true;
    return answered(c, async () => {
      const known = current.get(request);
      if (known?.by === this.latchkey) {
        request.user = known.user;
        return;
      }
      const how = this.revocation(this.reflector.getAllAndOverride<Staleness | undefined>(STALENESS, places) ?? 'standard');
      const user = await this.latchkey.identify(request.raw ?? request, how);
      if (how !== false) current.set(request, { by: this.latchkey, user });
      request.user = user;
    });
  }

  /** What a route asks of the feed. Without one, a route that needs it live cannot be served. */
  protected revocation(wanted: Staleness): Revocation {
    if (wanted === 'strict') throw feedSilent();
    return false;
  }
}

/** JwtAuthGuard, and the session was not ended since, the user not locked, the tenant not suspended; role and permissions are as they are now. */
export class JwtSessionGuard extends JwtAuthGuard {
  constructor(latchkey: Latchkey, reflector: Reflector) {
    super(latchkey, reflector);
    if (!latchkey.status) throw new Error('latchkey: JwtSessionGuard needs the option feed: without it nobody says which sessions were ended');
  }

  protected override revocation(wanted: Staleness): Revocation { return wanted; }
}

/** Holds who asks against @Roles(). It stands behind JwtAuthGuard or JwtSessionGuard. */
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(c: ExecutionContext): Promise<boolean> {
    const places = [c.getHandler(), c.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, places)) return Promise.resolve(true);
    const user = c.switchToHttp().getRequest<Asked>().user;
    return answered(c, async () => {
      for (const one of this.reflector.getAll<(string[] | undefined)[]>(ROLES, places)) {
        if (one && !user) throw tokenMissing();
        if (one && !one.includes(user!.role)) throw forbidden();
      }
    });
  }
}

// What decorators would say, said by calls: whoever builds this needs no experimental syntax.
for (const guard of [JwtAuthGuard, JwtSessionGuard]) {
  Injectable()(guard);
  Inject(Latchkey)(guard, undefined, 0);
  Inject(Reflector)(guard, undefined, 1);
}
Injectable()(RolesGuard);
Inject(Reflector)(RolesGuard, undefined, 0);

/** Turns a Refusal into Latchkey's envelope (CONTRACT.md §2). */
async function answered(c: ExecutionContext, check: () => Promise<void>): Promise<boolean> {
  try { await check(); } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    const response = c.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>(), out = response.raw ?? response;
    out.setHeader('Cache-Control', 'no-store');
    out.setHeader('X-Content-Type-Options', 'nosniff');
    if (e.status === 401) out.setHeader('WWW-Authenticate', challenge(e));
    if (e.retryAfter) out.setHeader('Retry-After', String(e.retryAfter));
    throw new HttpException({
      httpStatus: e.status, message: e.message, data: null,
      meta: { status: 'error', code: e.code, reason: e.reason, retryAfter: e.retryAfter }, ts: new Date().toISOString(),
    }, e.status);
  }
  return true;
}

/** WWW-Authenticate (RFC 6750 §3): no error for a request that carried nothing. */
function challenge(e: Refusal): string {
  return e.code === 'ACCESS_TOKEN_MISSING' ? 'Bearer' : `Bearer error="invalid_token", error_description=${JSON.stringify(e.message)}`;
}
