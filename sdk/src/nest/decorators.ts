import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Staleness } from './latchkey.js';
import type { Claims } from './token.js';

export const PUBLIC = 'latchkey:public', ROLES = 'latchkey:roles', STALENESS = 'latchkey:staleness';

/** Needs nothing and looks at no credential. */
export const Public = () => SetMetadata(PUBLIC, true);
/** Needs a user with one of these roles. Of class and handler both must hold. */
export const Roles = (...roles: [string, ...string[]]) => SetMetadata(ROLES, roles);
/** Answers 503 as soon as the feed is not live: for routes where a second of doubt is too long. A handler's word counts before its class's. */
export const Strict = () => staleness('strict');
/** Goes on without the feed until the token ends: for routes where being there matters more. */
export const Lenient = () => staleness('lenient');

/** Hands a handler the claims of who asks; undefined on a public route. */
export const CurrentUser = createParamDecorator((_: unknown, c: ExecutionContext) => c.switchToHttp().getRequest<{ user?: Claims }>().user);

const stated = new WeakMap<object, Staleness>();

function staleness(how: Staleness) {
  const set = SetMetadata(STALENESS, how);
  return (target: object, name?: string | symbol, d?: TypedPropertyDescriptor<any>): void => {
    const place = d?.value as object | undefined ?? target;
    if ((stated.get(place) ?? how) !== how) throw new Error('latchkey: Strict and Lenient exclude each other');
    stated.set(place, how);
    (set as (target: object, name?: string | symbol, d?: TypedPropertyDescriptor<any>) => unknown)(target, name, d);
  };
}
