import { Inject, Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { address } from './address.js';
import { system, type Clock } from './clock.js';
import { Feed, type FeedStatus } from './feed.js';
import { secretKeys } from './jwk.js';
import { fixedKeys, RemoteKeys, type Keys } from './keys.js';
import { OPTIONS, type LatchkeyOptions } from './options.js';
import { sameOrigin, trustedOrigin } from './origin.js';
import { feedSilent, forbidden, tenantMismatch, tokenInvalid, tokenMissing } from './refusal.js';
import { readSent } from './sent.js';
import { State } from './state.js';
import { keyId, verify, type Claims } from './token.js';

/** What a route makes of a silent feed. */
export type Staleness = 'standard' | 'strict' | 'lenient';
/** strict and lenient are decorators' words; false: the feed is not asked. */
export type Revocation = Staleness | false;

/** What all guards of an application share: the keys, and what the feed has told. */
export class Latchkey {
  private readonly keys: Keys;
  private readonly feed: Feed | undefined;
  private readonly log = new Logger('Latchkey');
  private readonly maxStale: number;

  constructor(private readonly options: LatchkeyOptions, clock: Clock = system) {
    const { issuer, jwtSecret, jwksUrl, feed, maxStale = 300, trustedOrigins = [], plainHttp } = options;
    if (!issuer) throw new Error('latchkey: set issuer to Latchkey\'s address, as it stands in iss');
    if (!(maxStale >= 0)) throw new Error('latchkey: maxStale is negative: use Strict where the feed must be live');
    trustedOrigins.forEach(trustedOrigin);
    const base = issuer.replace(/\/$/, '');
    this.maxStale = maxStale === 0 ? 300 : maxStale;
    this.keys = jwtSecret !== undefined ? fixedKeys(secretKeys(jwtSecret))
      : new RemoteKeys(address('jwksUrl', jwksUrl ?? `${base}/.well-known/jwks.json`, plainHttp), (m) => { this.log.warn(m); });
    if (!feed) return;
    if (!/^[A-Za-z0-9_-]+$/.test(feed.key ?? '')) throw new Error('latchkey: feed.key is no API key: it is empty, or has characters that none has');
    this.feed = new Feed(address('feed.url', feed.url ?? `${base}/auth/revocations`, plainHttp), feed.key, new State(() => clock.now()), this.log, clock);
  }

  onModuleInit(): void { this.feed?.start(); }
  onModuleDestroy(): void { this.feed?.close(); }

  /** How the feed does; undefined where the options name none. */
  get status(): FeedStatus | undefined { return this.feed?.status(); }

  /** Finds out who a request is from, in the order in which Latchkey itself does, so that both give one answer. Throws a Refusal. */
  async identify(request: IncomingMessage, how: Revocation): Promise<Claims> {
    const sent = readSent(request), { tenant, trustedOrigins = [] } = this.options;
    let claims = await this.genuine(sent.token);
    if (sent.tenant !== '' && sent.tenant !== claims.tenantId) throw tenantMismatch();
    if (sent.space !== '' && sent.space !== claims.spaceId) throw forbidden();
    if (how !== false) {
      await this.feed?.told();
      claims = this.feed?.state.judge(claims) ?? claims;
      this.fresh(how);
    }
    if (sent.jar) sameOrigin(request, trustedOrigins);
    if (tenant !== undefined && tenant !== claims.tenantId) throw tenantMismatch();
    return claims;
  }

  /** Throws where what the feed has told is not recent enough for a route. */
  private fresh(how: Staleness): void {
    const feed = this.feed?.status();
    if (how === 'lenient' || feed?.live || how === 'standard' && (!feed || feed.silent <= this.maxStale)) return;
    throw feedSilent();
  }

  private async genuine(token: string): Promise<Claims> {
    if (token === '') throw tokenMissing();
    if (token.startsWith('lks_')) throw tokenInvalid('malformed'); // of a service: these guards know people
    if (token.startsWith('lko_')) throw tokenInvalid('operator_key');
    await this.keys.ready();
    const id = keyId(token);
    if (id !== undefined && id !== '' && !this.keys.find(id)) await this.keys.learn();
    const { issuer, audience = issuer, leeway } = this.options;
    return verify(token, { issuer, audience, key: (k) => this.keys.find(k), ...leeway === undefined ? {} : { leeway } });
  }
}
Injectable()(Latchkey);
Inject(OPTIONS)(Latchkey, undefined, 0);
