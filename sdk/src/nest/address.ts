/** Checks that nobody on the way can answer in Latchkey's place: https, or this machine. */
export function address(option: string, text: string, plainHttp = false): string {
  const u = URL.canParse(text) ? new URL(text) : undefined;
  if (!u || !/^https?:$/.test(u.protocol) || u.username !== '' || u.password !== '' || u.hash !== '') {
    throw new Error(`latchkey: ${option} is not an address such as https://auth.example.com/…: ${JSON.stringify(text)}`);
  }
  if (u.protocol === 'http:' && !plainHttp && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(u.hostname)) {
    throw new Error(`latchkey: ${option} has to be https, as anything beyond this machine (or see plainHttp): ${JSON.stringify(text)}`);
  }
  return text;
}
