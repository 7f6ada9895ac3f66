import { readSet, type Key } from './jwk.js';
import { keysUnavailable } from './refusal.js';

/** Where the keys come from that verify signatures. */
export interface Keys {
  find(id: string): Key | undefined;
  /** Waits for keys where there are none; throws a Refusal where none can be had. */
  ready(): Promise<void>;
  /** Looks for a key that a token names and that is not among them. */
  learn(): Promise<void>;
}

const fresh = 600_000; // ms; then they are fetched again, while the old ones are used
const last = 86_400_000; // then they are used no more
const floor = 10_000; // between two fetches that tokens can bring about
const retry = 1000; // after a fetch that failed, when there are no keys at all
const patience = 5000, most = 1 << 20; // bytes

/** The keys of a JWKS, as guard/jwks.go has them: fetched on first need, by one for all who wait. */
export class RemoteKeys implements Keys {
  private keys: Map<string, Key> | undefined;
  private got = 0;
  private tried = -Infinity;
  private flight: Promise<void> | undefined;
  private problem = '';

  constructor(private readonly url: string, private readonly warn: (message: string) => void = () => undefined, private readonly now: () => number = () => performance.now()) {}

  find(id: string): Key | undefined { return this.keys?.get(id); }

  async ready(): Promise<void> {
    const age = this.now() - this.got;
    if (this.keys && age < last) {
      if (age >= fresh) void this.fetch(floor);
      return;
    }
    await this.fetch(retry);
    if (!this.keys || this.now() - this.got >= last) throw keysUnavailable();
  }

  async learn(): Promise<void> { await this.fetch(floor); }

  /** Fetches, unless that is under way already or began less than so many milliseconds ago. It never fails. */
  private fetch(least: number): Promise<void> | undefined {
    if (!this.flight && this.now() - this.tried >= least) {
      this.tried = this.now();
      this.flight = this.load().catch((e: unknown) => this.told(e instanceof Error ? e.message : String(e))).finally(() => { this.flight = undefined; });
    }
    return this.flight;
  }

  private async load(): Promise<void> {
    const answer = await fetch(this.url, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(patience), redirect: 'error' });
    if (!answer.ok) throw new Error(`the keys' address answers ${answer.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > most) throw new Error(`the answer is longer than ${most} bytes`);
      parts.push(part);
    }
    this.keys = readSet(Buffer.concat(parts));
    this.got = this.now();
    this.told(this.keys.size === 0 ? 'no keys are published: Latchkey signs with JWT_SECRET, so use jwtSecret' : '');
  }

  private told(problem: string): void {
    if (problem !== '' && problem !== this.problem) this.warn(`keys not fetched: ${this.url}: ${problem}`);
    this.problem = problem;
  }
}

/** Keys that are known from the start, and no other. */
export function fixedKeys(keys: ReadonlyMap<string, Key>): Keys {
  return { find: (id) => keys.get(id), ready: async () => undefined, learn: async () => undefined };
}
