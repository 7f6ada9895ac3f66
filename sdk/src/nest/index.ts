import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { JwtAuthGuard, RolesGuard } from './guards.js';
import { Latchkey } from './latchkey.js';
import { OPTIONS, type LatchkeyOptions } from './options.js';

export { CurrentUser, Lenient, Public, Roles, Strict } from './decorators.js';
export type { FeedStatus } from './feed.js';
export { JwtAuthGuard, JwtSessionGuard, RolesGuard } from './guards.js';
export { Latchkey } from './latchkey.js';
export type { LatchkeyOptions } from './options.js';
export type { Claims } from './token.js';

/** Gives guards, wherever they are used, one set of keys and one feed. */
export class LatchkeyModule {
  static forRoot(options: LatchkeyOptions): DynamicModule { return made({ provide: OPTIONS, useValue: options }); }

  static forRootAsync(how: { imports?: NonNullable<DynamicModule['imports']>; inject?: any[]; useFactory: (...args: any[]) => LatchkeyOptions | Promise<LatchkeyOptions> }): DynamicModule {
    return { ...made({ provide: OPTIONS, useFactory: how.useFactory, inject: how.inject ?? [] }), imports: how.imports ?? [] };
  }
}
Module({})(LatchkeyModule);

function made(options: Provider): DynamicModule {
  return { module: LatchkeyModule, global: true, providers: [options, Latchkey, JwtAuthGuard, RolesGuard], exports: [OPTIONS, Latchkey, JwtAuthGuard, RolesGuard] };
}
