/** One server-sent event (WHATWG HTML §9.2) that has data. */
export interface Sse { readonly name: string; readonly id: string; readonly data: string }

const longest = 1 << 20; // bytes, of a line and of an event's data

/** Reads server-sent events from the pieces in which they come. `heard` is called for every line, a comment too. */
export class EventReader {
  private pieces: Buffer[] = [];
  private held = 0;
  private begun = false;
  private name = '';
  private id = '';
  private data: string | undefined;

  constructor(private readonly heard: () => void, private readonly take: (e: Sse) => void) {}

  /** Throws what `take` throws, and where a line or an event is longer than 1 MiB. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const end = chunk.indexOf(10, at), piece = chunk.subarray(at, end < 0 ? chunk.length : end);
      this.held += piece.length;
      if (this.held > longest) throw new Error('the stream has a line or an event of more than 1 MiB');
      this.pieces.push(piece);
      if (end < 0) return;
      const text = new TextDecoder('utf-8', { ignoreBOM: this.begun }).decode(Buffer.concat(this.pieces)).replace(/\r$/, '');
      this.pieces = [];
      this.held = 0;
      this.begun = true;
      at = end + 1;
      this.heard();
      this.line(text);
    }
  }

  private line(text: string): void {
    if (text === '') {
      const { name, id, data } = this;
      this.name = this.id = '';
      this.data = undefined;
      if (data !== undefined) this.take({ name, id, data });
      return;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(text)!;
    if (field === 'event') this.name = value;
    if (field === 'id' && !value.includes('\0')) this.id = value;
    if (field === 'data') {
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
      if (this.data.length > longest) throw new Error('the stream has a line or an event of more than 1 MiB');
    }
  }
}
