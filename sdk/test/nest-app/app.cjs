// A NestJS application behind JwtSessionGuard and RolesGuard, whichever way its packages were loaded. Its options are the
// first argument, as JSON; it tells its port in a line and goes on until its standard input ends. With `once` it waits for the
// feed, says so and returns: what the SDK has open then must not keep the process.
module.exports = async function app({ common, core, nest }) {
  const { Controller, Get, Module } = common
  const { APP_GUARD, NestFactory } = core
  const { CurrentUser, JwtSessionGuard, Latchkey, LatchkeyModule, Lenient, Public, Roles, RolesGuard, Strict } = nest
  const { once, ...options } = JSON.parse(process.argv[2])

  class Orders {
    constructor(latchkey) { this.latchkey = latchkey }
    list(user) { return user }
    admin(user) { return user }
    strict() { return {} }
    lenient() { return {} }
    health() { return this.latchkey.status }
  }
  const route = (name, ...by) => by.forEach((d) => d(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name)))
  route('list', Get('orders'))
  route('admin', Get('admin'), Roles('admin'))
  route('strict', Get('strict'), Strict())
  route('lenient', Get('lenient'), Lenient())
  route('health', Get('healthz'), Public())
  for (const name of ['list', 'admin']) CurrentUser()(Orders.prototype, name, 0)
  Controller()(Orders)
  common.Inject(Latchkey)(Orders, undefined, 0)
  class Root {}
  Module({
    imports: [LatchkeyModule.forRoot(options)], controllers: [Orders],
    providers: [{ provide: APP_GUARD, useClass: JwtSessionGuard }, { provide: APP_GUARD, useClass: RolesGuard }],
  })(Root)

  if (once) {
    const context = await NestFactory.createApplicationContext(Root, { logger: false })
    while (!context.get(Latchkey).status.live) await new Promise((done) => { setTimeout(done, 5) })
    return console.log(JSON.stringify(context.get(Latchkey).status))
  }
  const running = await NestFactory.create(Root, { logger: ['warn', 'error'] })
  await running.listen(0, '127.0.0.1')
  process.stdin.on('end', () => running.close()).resume()
  console.log(JSON.stringify({ port: running.getHttpServer().address().port }))
}
