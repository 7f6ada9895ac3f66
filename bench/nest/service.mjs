// A NestJS microservice that answers auth.session.validate as the seed's
// auth-service does, but for its databases: it verifies the token (HS256), looks
// the session and the user up in memory, and answers the same envelope. It says
// its port when it listens, and ends with its standard input.
import 'reflect-metadata';
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as core from '@nestjs/core';
import * as common from '@nestjs/common';
import * as microservices from '@nestjs/microservices';

const { NestFactory } = core.default ?? core;
const { Module, Controller, Logger } = common.default ?? common;
const { MessagePattern, Payload, Transport } = microservices.default ?? microservices;

const { port, secret, users } = JSON.parse(process.argv[2]);
const bySubject = new Map(users.map((u) => [u.id, u]));
const sessions = new Set(users.map((u) => u.sessionId));

function verify(token) {
  const [head, body, signature] = token.split('.');
  const right = createHmac('sha256', secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new Error('signature');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  if (JSON.parse(Buffer.from(head, 'base64url')).alg !== 'HS256' || claims.exp * 1000 <= Date.now()) throw new Error('expired');
  return claims;
}

const envelope = (status, code, message, data) => ({ message, data, meta: { status, code }, ts: new Date().toISOString() });

class AuthController {
  validate({ token, tenantId }) {
    let claims;
    try {
      claims = verify(token);
    } catch {
      return envelope('error', 'INVALID_ACCESS_TOKEN', 'Invalid or expired access token.', null);
    }
    const user = bySubject.get(claims.sub);
    if (!user || !sessions.has(claims.sid) || claims.tenantId !== tenantId) {
      return envelope('error', 'SESSION_NOT_FOUND', 'Session not found or expired.', null);
    }
    return envelope('success', 'ACCESS_TOKEN_VALID', 'Token validated successfully.', user);
  }
}
// What decorators do, without a compiler for them.
Reflect.decorate([Controller()], AuthController);
Payload()(AuthController.prototype, 'validate', 0);
MessagePattern({ cmd: 'auth.session.validate' })(
  AuthController.prototype, 'validate', Object.getOwnPropertyDescriptor(AuthController.prototype, 'validate'));
class AuthModule {}
Module({ controllers: [AuthController] })(AuthModule);

Logger.overrideLogger(false);
const app = await NestFactory.createMicroservice(AuthModule, { transport: Transport.TCP, options: { host: '127.0.0.1', port }, logger: false });
await app.listen();
process.stdout.write(`127.0.0.1:${port}\n`);
process.stdin.resume().on('end', () => process.exit(0));
