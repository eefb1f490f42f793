import { isUtf8 } from 'node:buffer'
import { dataError } from '@tributary/plugin'

/** Bytes as a Buffer over the same memory. */
export function bufferOf (bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The error of JsonConverter for bytes that are no JSON; the cause says where. Values stay out of both. */
export function notJson (what: string, position: number | null = null): Error {
  const cause = Object.assign(new Error(position === null ? `Not JSON: ${what}.` : `Not JSON: ${what} at character ${position + 1}.`), {
    javaClass: 'org.apache.kafka.common.errors.SerializationException'
  })
  return dataError('Converting byte[] to Kafka Connect data failed due to serialization error: ', { cause })
}

/** The encoding that Jackson takes JSON bytes for: UTF-16 and UTF-32 show by a byte order mark or by zero bytes around the first character. */
function encodingOf ([a = 1, b = 1, c = 1, d = 1]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' {
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le'
  if (a === 0 && b === 0) return 'utf-32'
  if (a === 0) return 'utf-16be'
  if (b === 0) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le'
  return 'utf-8'
}

/** JSON bytes as text, without a byte order mark. Throws for bytes that no encoding of JSON allows. */
export function jsonText (bytes: Uint8Array): string {
  const encoding = encodingOf(bytes)
  if (encoding === 'utf-32') throw notJson('UTF-32 is not supported')
  if (encoding !== 'utf-8') return new TextDecoder(encoding).decode(bytes)
  if (!isUtf8(bytes)) throw notJson('bytes that are no UTF-8')
  const buffer = bufferOf(bytes)
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? buffer.toString('utf8', 3) : buffer.toString('utf8')
}

/** JSON as `JSON.stringify` writes it, with escapes as Jackson writes them: in capitals. */
export function javaEscapes (json: string): string {
  return json.includes('\\u') ? json.replace(/\\(u[0-9a-f]{4}|.)/g, escape => escape.length === 2 ? escape : `\\u${escape.slice(2).toUpperCase()}`) : json
}
