import { request as plain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as secure } from 'node:https';
import type { Clock } from './clock.js';
import { readHello, readNews, type Hello, type News } from './news.js';
import { EventReader, type Sse } from './stream.js';

const firstHeartbeat = 5; // s, until hello says another

/** The key is wrong: trying again soon is of no use. */
export class Refused extends Error {}

export interface Listener {
  /** A line came, a comment too. */
  heard(): void;
  hello(h: Hello): void;
  /** All that was is told. */
  ready(): void;
  /** kind is the event's name, id what Last-Event-ID may name. */
  news(n: News, kind: string, id: string): void;
  /** Called once, unless it was stopped. */
  over(why: Error): void;
}
export interface Listening { stop(): void }
interface Asked { readonly url: string; readonly key: string; readonly last: string; readonly clock: Clock }

/** One connection to the feed, from its start to its end. It keeps no process alive. */
export function listen({ url, key, last, clock }: Asked, to: Listener): Listening {
  let beat = firstHeartbeat, ended = false, greeted = false, sent: ClientRequest | undefined, rest = () => undefined as void;
  const end = (why?: Error): void => {
    if (ended) return;
    ended = true;
    rest();
    sent?.destroy();
    if (why) to.over(why);
  };
  const watch = (): void => {
    rest();
    rest = clock.after(beat * 2500, () => { end(new Error('nothing came for two and a half heartbeats')); });
  };
  const take = (e: Sse): void => {
    if (e.name === 'hello') {
      const h = read('the feed\'s hello cannot be read', () => readHello(e.data));
      if (h.heartbeat > 0 && h.heartbeat <= 60) beat = h.heartbeat;
      greeted = true;
      return to.hello(h);
    }
    if (!greeted) throw new Error('the feed does not begin with hello');
    if (e.name === 'ready') return to.ready();
    to.news(read('news of the feed cannot be read', () => readNews(e.data, e.id)), e.name, e.id);
  };
  const lines = new EventReader(() => { watch(); to.heard(); }, (e) => { if (!ended) take(e); });
  const answered = (answer: IncomingMessage): void => {
    const wrong = problem(answer);
    if (wrong) return end(wrong);
    answer.on('data', (d: Buffer) => {
      try { if (!ended) lines.push(d); } catch (e) { end(e as Error); }
    });
    answer.on('error', end).on('close', () => { end(new Error('the stream was ended')); });
  };
  watch();
  sent = (url.startsWith('https:') ? secure : plain)(url, { agent: false, headers: {
    Accept: 'text/event-stream', 'Accept-Encoding': 'identity', // who compresses a stream keeps some of it back
    Authorization: `Bearer ${key}`, ...last === '' ? {} : { 'Last-Event-ID': last },
  } });
  sent.on('socket', (s) => { s.unref(); }).on('response', answered).on('error', end).end();
  return { stop: () => { end(); } };
}

function problem(answer: IncomingMessage): Error | undefined {
  const status = answer.statusCode ?? 0;
  if (status === 401 || status === 403) return new Refused(`the key is refused: status ${status}; it needs a key (lks_… or lko_…) with the scope revocations:read`);
  if (status >= 300 && status < 400) return new Error('the feed\'s address redirects to another place');
  if (status !== 200) return new Error(`the feed answers ${status}`);
  if (/^\s*text\/event-stream\s*(;|$)/i.test(answer.headers['content-type'] ?? '')) return undefined;
  return new Error('the feed\'s address answers something else than a stream of events');
}

function read<T>(complaint: string, how: () => T): T {
  try { return how(); } catch { throw new Error(complaint); }
}
