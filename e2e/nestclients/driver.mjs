// Drives a real NestJS client: reads commands from standard input, a line of
// JSON each, and writes what came of them to standard output, in any order.
// It calls the client as the gateway of the seed does, and nothing else.
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as rxjs from 'rxjs';
import * as microservices from '@nestjs/microservices';

const { firstValueFrom, timeout } = rxjs.default ?? rxjs;
const { ClientProxyFactory, Transport } = microservices.default ?? microservices;

const options = JSON.parse(process.argv[2]);
for (const name of ['ca', 'cert', 'key']) {
  if (options.tlsOptions?.[name]) options.tlsOptions[name] = readFileSync(options.tlsOptions[name]);
}
const client = ClientProxyFactory.create({ transport: Transport.TCP, options });

// The claims of a token, if it was signed with the secret: what the gateway's
// passport strategy makes of it.
function verify(token, secret) {
  const [head, body, signature] = token.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url'));
  const right = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
  if (alg !== 'HS256' || signature !== right) throw new Error('Unauthorized');
  return JSON.parse(Buffer.from(body, 'base64url'));
}

async function run({ op, cmd, data, wait, token, secret }) {
  switch (op) {
    case 'send': {
      let answer = client.send({ cmd }, data);
      if (wait) answer = answer.pipe(timeout(wait));
      return { response: await firstValueFrom(answer) };
    }
    case 'emit':
      await firstValueFrom(client.emit({ cmd }, data), { defaultValue: null });
      return { response: null };
    case 'verify':
      return { response: verify(token, secret) };
    case 'close':
      await client.close();
      return { response: null };
  }
  throw new Error(`unknown op ${op}`);
}

const told = (e) => (e instanceof Error ? { thrown: e.message || e.code || e.name } : { err: e });

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  run(ask).catch(told).then((came) => process.stdout.write(JSON.stringify({ n: ask.n, ...came }) + '\n'));
}
await client.close();
