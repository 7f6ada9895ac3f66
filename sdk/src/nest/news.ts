/** A user's place in a tenant. */
export interface Seat { readonly tenantId: string; readonly spaceId: string; readonly role: string; readonly permissions: string[] }

/** One change, as Latchkey tells it (docs/protect.md, "The feed"). `at` is in nanoseconds since 1970. */
export interface News {
  readonly id: string; readonly event: string; readonly at: bigint; readonly tenantId: string; readonly userId: string;
  readonly sessionId: string; readonly keyId: string; readonly reason: string; readonly role: string;
  readonly permissions: string[]; readonly seats: Seat[];
}

/** What a feed begins with. Times are in seconds. */
export interface Hello { readonly tenantId: string; readonly accessTokenLife: number; readonly heartbeat: number }

/** Throws where it cannot be read: who guesses at news lets somebody in. */
export function readHello(data: string): Hello {
  const o = object(JSON.parse(data)), whole = (name: string) => Number.isSafeInteger(o[name]) ? o[name] as number : 0;
  const hello = { tenantId: text(o, 'tenantId'), accessTokenLife: whole('accessTokenLife'), heartbeat: whole('heartbeat') };
  if (hello.accessTokenLife <= 0) throw new TypeError('no accessTokenLife');
  return hello;
}

/** Throws as readHello does. `at` is 0 where there is none. */
export function readNews(data: string, id: string): News {
  const o = object(JSON.parse(data));
  return {
    id: text(o, 'id') || id, event: text(o, 'event'), at: instant(text(o, 'at')), tenantId: text(o, 'tenantId'), userId: text(o, 'userId'),
    sessionId: text(o, 'sessionId'), keyId: text(o, 'keyId'), reason: text(o, 'reason'), role: text(o, 'role'), permissions: texts(o, 'permissions'),
    seats: list(o, 'seats').map((s) => {
      const seat = object(s);
      return { tenantId: text(seat, 'tenantId'), spaceId: text(seat, 'spaceId'), role: text(seat, 'role'), permissions: texts(seat, 'permissions') };
    }),
  };
}

function object(v: unknown): Record<string, unknown> {
  if (typeof v !== 'object' || v === null || Array.isArray(v)) throw new TypeError('no object');
  return v as Record<string, unknown>;
}

function text(o: Record<string, unknown>, name: string): string {
  const v = o[name] ?? '';
  if (typeof v !== 'string') throw new TypeError(`${name} is no text`);
  return v;
}

function list(o: Record<string, unknown>, name: string): unknown[] {
  const v = o[name] ?? [];
  if (!Array.isArray(v)) throw new TypeError(`${name} is no list`);
  return v;
}

function texts(o: Record<string, unknown>, name: string): string[] {
  const all = list(o, name);
  if (!all.every((s) => typeof s === 'string')) throw new TypeError(`${name} is no list of texts`);
  return all as string[];
}

/** Reads RFC 3339 to the nanosecond: Date would make one of two that are less than a millisecond apart. */
function instant(when: string): bigint {
  if (when === '') return 0n;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(when);
  const second = parts ? Date.parse(`${parts[1]!}${parts[3]!}`) : NaN;
  if (Number.isNaN(second)) throw new TypeError('at is no time');
  return BigInt(second) * 1_000_000n + BigInt((parts![2] ?? '').padEnd(9, '0'));
}
