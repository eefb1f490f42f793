import { bufferOf } from './json/json-text.ts'

// Four characters at a time, blanks only between them, padding at the end: what Jackson takes.
// eslint-disable-next-line no-control-regex -- Jackson's blanks are all characters up to the space.
const base64 = /^(?:[\u0000- ]*[A-Za-z0-9+/]{4})*(?:[\u0000- ]*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=))?[\u0000- ]*$/

/** Bytes as base64 text. */
export function toBase64 (bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64')
}

/** The bytes of base64 text; null if it is none. */
export function fromBase64 (text: string): Uint8Array | null {
  return base64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : null
}
