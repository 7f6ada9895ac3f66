/** One event of a stream (text/event-stream, HTML standard §9.2). */
export interface StreamEvent { event: string; data: string }

/** Reads a stream until it ends, with a bound on how long it may be silent (milliseconds). */
export async function read(body: ReadableStream<Uint8Array>, silence: number, tell: (e: StreamEvent) => void): Promise<void> {
  const reader = body.getReader()
  const text = new TextDecoder()
  let rest = ''
  for (;;) {
    let clock: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, fail) => { clock = setTimeout(() => fail(new Error('silent')), silence) })
    try {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return
      rest += text.decode(value, { stream: true })
    } catch (e) {
      reader.cancel().catch(() => {})
      throw e
    } finally {
      clearTimeout(clock)
    }
    for (let end: number; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) tell(parse(rest.slice(0, end)))
  }
}

function parse(block: string): StreamEvent {
  const e = { event: '', data: '' }
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(event|data): ?(.*)$/.exec(line) ?? []
    if (name) e[name as keyof StreamEvent] += value
  }
  return e
}
