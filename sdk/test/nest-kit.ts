// What the tests of ./nest share: tokens, a Latchkey that is made up, a clock that stands still, and an application.
import 'reflect-metadata';
import { createHmac, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { All, Controller, Get, Module, UseGuards, type CanActivate, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Clock } from '../src/nest/clock.js';
import { CurrentUser, Latchkey, Lenient, Public, Roles, RolesGuard, Strict, type Claims, type LatchkeyOptions } from '../src/nest/index.js';

export const issuer = 'https://auth.test', secret = 'a secret of this test, longer than 32 bytes', key = 'lks_of_this_test';

export const seconds = () => Math.floor(Date.now() / 1000);
const part = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');

/** The claims of jin in acme, and more. */
export function payload(more: object = {}): object {
  const now = seconds();
  return { iss: issuer, aud: issuer, sub: 'u', tenantId: 'acme', spaceId: 'main', username: 'jin', role: 'member', permissions: ['a:b'], sid: 's', jti: 'j', iat: now, exp: now + 3600, ...more };
}
export function sign(more: object = {}): string {
  const signed = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part(payload(more))}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** An ES256 key as Latchkey has them. */
export function keyPair(kid: string): { jwk: object; sign: (more?: object) => string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }, sign: (more) => es256(privateKey, kid, more) };
}
function es256(by: KeyObject, kid: string, more?: object): string {
  const signed = `${part({ alg: 'ES256', typ: 'at+jwt', kid })}.${part(payload(more))}`;
  for (;;) { // of the two valid s the lower
    const s = signBytes('sha256', Buffer.from(signed), { key: by, dsaEncoding: 'ieee-p1363' });
    if (s[32]! < 0x7f) return `${signed}.${s.toString('base64url')}`;
  }
}

export interface Answer { status: number; headers: IncomingHttpHeaders; body: { meta?: { code?: string; reason?: string; retryAfter?: number } & Record<string, unknown> } & Record<string, unknown> }
export function ask(port: number, method: string, path: string, headers: string[][] = []): Promise<Answer> {
  return new Promise((done, fail) => {
    request({ port, host: '127.0.0.1', method, path, headers: [...headers.flat(), 'Host', `127.0.0.1:${port}`] as never, agent: false }, (r) => {
      let text = '';
      r.on('data', (d) => { text += d; }).on('end', () => {
        let body = {};
        try { body = JSON.parse(text); } catch { body = { text }; }
        done({ status: r.statusCode!, headers: r.headers, body });
      });
    }).on('error', fail).end();
  });
}
export const bearer = (token: string) => [['Authorization', `Bearer ${token}`]];
/** The code of an answer, '' for one that is none. */
export const code = (a: Answer) => a.status < 300 ? '' : a.body.meta?.code ?? `status ${a.status}`;

/** Asks until something is so. */
export async function until(what: string, so: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100_000; tries++) {
    if (await so()) return;
    await new Promise((done) => { setImmediate(done); });
  }
  throw new Error(`it never came to be: ${what}`);
}

/** Serves on a port of its own until the test ends. */
export async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const greeting = (more: object = {}) => `event: hello\ndata: ${JSON.stringify({ accessTokenLife: 3600, heartbeat: 2, ...more })}\n\n`;
export const ready = 'event: ready\ndata: {}\n\n';
let counted = 0;
/** One line of the feed, said now unless `more` has an at. */
export function line(event: string, more: object): string {
  const id = String(++counted).padStart(8, '0');
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ id, event, at: new Date(Date.now() + 1000).toISOString(), ...more })}\n\n`;
}

/** A feed that is made up. What is in `snapshot` is told to everybody who comes. */
export class FakeFeed {
  snapshot = greeting() + ready;
  readonly asked: IncomingMessage[] = [];
  private readonly open = new Set<ServerResponse>();
  url = '';

  static async start(t: TestContext): Promise<FakeFeed> {
    const f = new FakeFeed();
    f.url = await serve(t, (q, r) => {
      f.asked.push(q);
      r.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).write(f.snapshot);
      f.open.add(r);
      r.on('close', () => f.open.delete(r));
    });
    return f;
  }
  say(text: string): void { for (const r of this.open) r.write(text); }
  cut(): void { for (const r of this.open) r.destroy(); }
  get listeners(): number { return this.open.size; }
}

/** A clock that moves when it is told to. */
export class HandClock implements Clock {
  private at = 0;
  private waiting: { when: number; what: () => void }[] = [];
  now(): number { return Date.now() + this.at; }
  passed(): number { return this.at; }
  after(ms: number, what: () => void): () => void {
    const one = { when: this.at + ms, what };
    this.waiting.push(one);
    return () => { this.waiting = this.waiting.filter((w) => w !== one); };
  }
  /** Milliseconds until the last of what waits. */
  get last(): number { return Math.ceil(Math.max(...this.waiting.map((w) => w.when)) - this.at); }
  forward(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const next = this.waiting.filter((w) => w.when <= end).sort((a, b) => a.when - b.when)[0];
      if (!next) break;
      this.waiting = this.waiting.filter((w) => w !== next);
      this.at = next.when;
      next.what();
    }
    this.at = end;
  }
}

/** An application with a route for each rule, behind guards. */
export function application(latchkey: DynamicModule, ...guards: Type<CanActivate>[]): Type {
  class App {
    all(user: Claims) { return user; }
    open(user: unknown) { return { user: user ?? null }; }
    admin() { return {}; }
    strict() { return {}; }
    lenient() { return {}; }
  }
  const at = (name: keyof App, ...by: MethodDecorator[]) => by.forEach((d) => d(App.prototype, name, Object.getOwnPropertyDescriptor(App.prototype, name)!));
  at('all', All('ask')); CurrentUser()(App.prototype, 'all', 0);
  at('open', Get('open'), Public()); CurrentUser()(App.prototype, 'open', 0);
  at('admin', Get('admin'), Roles('admin', 'owner'));
  at('strict', Get('strict'), Strict());
  at('lenient', Get('lenient'), Lenient());
  Controller()(App); UseGuards(...guards, RolesGuard)(App);
  class Root {}
  Module({ imports: [latchkey], controllers: [App] })(Root);
  return Root;
}

/** What LatchkeyModule.forRoot gives, with another clock. */
export function withClock(options: LatchkeyOptions, clock: Clock): DynamicModule {
  class Clocked {}
  return { module: Clocked, global: true, providers: [{ provide: Latchkey, useFactory: () => new Latchkey(options, clock) }], exports: [Latchkey] };
}

/** Runs an application until the test ends. */
export async function run(t: TestContext, root: Type): Promise<{ port: number; latchkey: Latchkey; close: () => Promise<void> }> {
  const app = await NestFactory.create(root, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  let closed: Promise<void> | undefined;
  const close = () => closed ??= app.close();
  t.after(close);
  return { port: (app.getHttpServer().address() as AddressInfo).port, latchkey: app.get(Latchkey), close };
}
