import { system, type Clock } from './clock.js';
import { listen, Refused, type Listening } from './listen.js';
import type { State } from './state.js';

const first = 1000, retryFirst = 100, retryLast = 5000, retryRefused = 30_000; // ms

/** What a feed complains to. */
export interface Log { log(message: string): void; warn(message: string): void; error(message: string): void }

/** How the feed does, for a health page. */
export interface FeedStatus {
  /** It is connected and complete, so that an ended session is refused within a second. */
  live: boolean;
  /** Seconds since the last sign of life of a complete feed; when it has had none, since the start. */
  silent: number;
  /** What is wrong, for people; '' when nothing is. */
  problem: string;
}

/** Keeps a State told. It is live from the first ready of a connection until that ends: then nothing is missed. */
export class Feed {
  private live = false;
  private heard: number;
  private swept: number;
  private problem = '';
  private last = '';
  private tries = 0;
  private now: Listening | undefined;
  private cancel: () => void = () => undefined;
  private closed = false;
  private settled = false;
  private settle!: () => void;
  private readonly word = new Promise<void>((done) => { this.settle = () => { this.settled = true; done(); }; });

  constructor(private readonly url: string, private readonly key: string, readonly state: State, private readonly log: Log, private readonly clock: Clock = system) {
    this.heard = this.swept = clock.passed();
  }

  start(): void {
    this.heard = this.clock.passed();
    this.clock.after(first, this.settle);
    this.connect();
  }

  close(): void {
    this.closed = true;
    this.live = false;
    this.problem = 'the feed is closed';
    this.cancel();
    this.now?.stop();
    this.settle();
  }

  /** Waits for the first word: once, and for a second at most. */
  async told(): Promise<void> { if (!this.settled) await this.word; }

  status(): FeedStatus { return { live: this.live, silent: (this.clock.passed() - this.heard) / 1000, problem: this.problem }; }

  private connect(): void {
    let complete = false;
    this.now = listen({ url: this.url, key: this.key, last: this.last, clock: this.clock }, {
      heard: () => { if (complete) this.beat(); },
      hello: (h) => { this.state.greet(h); },
      ready: () => { complete = true; this.up(); },
      news: (n, kind, id) => {
        if (!this.state.apply(n)) this.log.warn(`news not understood: ${JSON.stringify(kind)}`);
        if (id !== '') this.last = id;
      },
      over: (why) => {
        if (this.closed) return;
        if (complete) this.tries = 0;
        this.down(why);
        this.cancel = this.clock.after(pause(this.tries++, why instanceof Refused), () => { this.state.sweep(); this.connect(); });
      },
    });
  }

  private beat(): void {
    this.heard = this.clock.passed();
    if (this.heard - this.swept < 60_000) return;
    this.swept = this.heard;
    this.state.sweep();
  }

  private up(): void {
    this.heard = this.clock.passed();
    this.live = true;
    this.problem = '';
    this.settle();
    this.log.log(`the feed is live: ${this.url}`);
  }

  private down(why: Error): void {
    this.live = false;
    if (this.problem === why.message) return; // it was told
    this.problem = why.message;
    if (why instanceof Refused) this.log.error(`the feed refuses feed.key: what is ended will not be known here until that is mended: ${this.url}: ${why.message}`);
    else this.log.warn(`the feed is not live: ${this.url}: ${why.message}`);
  }
}

/** How long to wait before another try, in ms: at random, so that ten thousand services do not come back at once. */
export function pause(tries: number, refused: boolean): number {
  const most = refused ? retryRefused : Math.min(retryLast, 4 * retryFirst * 2 ** tries), least = refused ? most / 2 : retryFirst;
  return least + Math.random() * (most - least);
}
