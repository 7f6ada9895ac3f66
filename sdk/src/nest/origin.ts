import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

/** Refuses what another website makes a browser do (CONTRACT.md §4; ASVS 5.0 V3.5.1). A WebSocket counts as a change. */
export function sameOrigin({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>, trusted: readonly string[]): void {
  const socket = headers.upgrade?.toLowerCase().includes('websocket');
  if (!socket && ['GET', 'HEAD', 'OPTIONS'].includes(method ?? '')) return;
  const site = headers['sec-fetch-site'], origin = headers.origin;
  if (site === 'same-origin' || site === 'none' || !site && !origin) return;
  if (origin !== undefined && trusted.includes(origin)) return;
  if (!site && origin !== undefined && hostOf(origin) === (headers.host ?? headers[':authority'])) return;
  throw new Refusal(403, 'CROSS_ORIGIN', 'This request came from another website, which is not among the origins allowed here.');
}

/** The host as it is written: URL would leave out a port, and Host is compared as it was sent. */
function hostOf(origin: string): string | null { return /^https?:\/\/([^/?#@\\]+)$/.exec(origin)?.[1] ?? null; }

/** Checks what trustedOrigins names: a path or a slash at the end would make it match nothing. */
export function trustedOrigin(origin: string): string {
  if (!URL.canParse(origin) || !/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\]+$/.test(origin)) throw new Error(`latchkey: trustedOrigins: not an origin such as https://app.example.com: ${JSON.stringify(origin)}`);
  return origin;
}
