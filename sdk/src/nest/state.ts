import type { Hello, News } from './news.js';
import { forbidden, otherFeed, sessionEnded, tenantInactive, tenantMismatch, userGone } from './refusal.js';
import type { Claims } from './token.js';

const nano = 1_000_000_000n;
/** How long a line outlives the last token that it is about: the leeway of whoever verifies, and a clock that is wrong. */
const slack = 600n * nano;

/** What the feed has told, as far as a token can still be about it. Its rules are those of guard/state.go and guard/news.go. */
export class State {
  private readonly sessions = new Map<string, News>();
  private readonly users = new Map<string, News>();
  private readonly tenants = new Map<string, News>();
  private readonly roles = new Map<string, News>();
  private only = '';
  private life = 0;

  /** now: milliseconds since 1970. */
  constructor(private readonly now: () => number) {}

  greet(h: Hello): void {
    this.life = Math.max(this.life, h.accessTokenLife);
    this.only = h.tenantId;
  }

  /** Takes news in; false where they name nothing, or are of a kind that this version does not know. */
  apply(n: News): boolean {
    if (n.at === 0n) return false;
    switch (n.event) {
      case 'session.ended': case 'session.moved': return record(this.sessions, n.sessionId, n);
      case 'user.locked': case 'user.removed': case 'user.changed': return record(this.users, n.userId, n);
      case 'role.changed': return n.role !== '' && n.tenantId !== '' && record(this.roles, place(n.tenantId, n.role), n);
      case 'tenant.status': return record(this.tenants, n.tenantId, n);
      case 'key.revoked': return n.keyId !== ''; // of services, which this guard does not let in
      default: return false;
    }
  }

  /** Holds claims against what was told since their token was made, and returns them with role and permissions as they are now. */
  judge(c: Claims): Claims {
    if (this.only !== '' && c.tenantId !== this.only) throw otherFeed(); // nobody would say when this session ends
    const tenant = this.tenants.get(c.tenantId), session = this.sessions.get(c.sessionId);
    if (tenant && tenant.reason !== 'ACTIVE') throw tenantInactive();
    if (session?.event === 'session.ended') throw sessionEnded(session.reason);
    if (session && session.tenantId !== c.tenantId) throw tenantMismatch();
    return this.seated(c);
  }

  /** Of news of the user and news of the role the later counts. */
  private seated(c: Claims): Claims {
    const user = about(this.users.get(c.userId), c);
    let { role, permissions } = c;
    if (user) {
      if (user.event !== 'user.changed') throw userGone();
      const seat = user.seats.find((s) => s.tenantId === c.tenantId && s.spaceId === c.spaceId);
      if (!seat) throw forbidden();
      ({ role, permissions } = seat);
    }
    const news = about(this.roles.get(place(c.tenantId, role)), c);
    if (news && (!user || over(news, user))) permissions = news.permissions;
    return { ...c, role, permissions: [...permissions] };
  }

  /** Lets go of what no token can be about any more. */
  sweep(): void {
    const oldest = BigInt(Math.floor(this.now())) * 1_000_000n - BigInt(this.life) * nano - slack;
    for (const lines of [this.sessions, this.users, this.tenants, this.roles]) {
      for (const [subject, n] of lines) if (n.at < oldest) lines.delete(subject);
    }
  }

  get size(): number { return this.sessions.size + this.users.size + this.tenants.size + this.roles.size; }
}

function place(tenant: string, role: string): string { return JSON.stringify([tenant, role]); }

function record(to: Map<string, News>, subject: string, n: News): boolean {
  const old = to.get(subject);
  if (subject !== '' && (!old || over(n, old))) to.set(subject, n);
  return subject !== '';
}

/** Whether news count for more than what was said before. An end is final. */
function over(n: News, old: News): boolean {
  const ended = n.event === 'session.ended';
  if (ended !== (old.event === 'session.ended')) return ended;
  return n.at === old.at ? n.id > old.id : n.at > old.at;
}

/** The news, if the token may be older: iat has whole seconds, and the clocks of two instances differ a little. */
function about(n: News | undefined, c: Claims): News | undefined {
  return n && BigInt(c.issuedAt) * nano < n.at + nano ? n : undefined;
}
