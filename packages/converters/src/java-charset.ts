import { bufferOf } from './json-text.ts'

/** A character set as Java knows it. */
export interface Charset {
  decode (bytes: Uint8Array): string
  encode (text: string): Uint8Array
}

const utf8: Charset = {
  decode: bytes => bufferOf(bytes).toString(),
  encode: text => Buffer.from(text)
}

/** A set of the first `size` characters; others are written as ?, as in Java. */
function singleByte (size: number): Charset {
  const strange = new RegExp(`[^\\u0000-\\u${(size - 1).toString(16).padStart(4, '0')}]`, 'gu')
  return {
    decode: size === 256
      ? bytes => bufferOf(bytes).toString('latin1')
      : bytes => bufferOf(bytes).toString('latin1').replace(strange, '\ufffd'),
    encode: text => Buffer.from(text.replace(strange, '?'), 'latin1')
  }
}

/** UTF-16; without a fixed order a mark tells it, and one is written, big-endian, as in Java. */
function utf16 (order: 'le' | 'be' | null): Charset {
  return {
    decode (bytes) {
      const isLittle = order === 'le' || (order === null && bytes[0] === 0xff && bytes[1] === 0xfe)
      return new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be', { ignoreBOM: order !== null }).decode(bytes)
    },
    encode (text) {
      if (order === 'le') return Buffer.from(text, 'utf16le')
      return Buffer.from(order === null ? `\ufeff${text}` : text, 'utf16le').swap16()
    }
  }
}

const charsets = new Map<string, Charset>([
  ...['utf-8', 'utf8', 'unicode-1-1-utf-8'].map(name => [name, utf8] as const),
  ...['iso-8859-1', 'iso8859-1', 'iso8859_1', 'iso_8859-1', '8859_1', 'latin1', 'l1', 'cp819', 'ibm819'].map(name => [name, singleByte(256)] as const),
  ...['us-ascii', 'ascii', 'ascii7', 'iso646-us', '646', 'cp367', 'default'].map(name => [name, singleByte(128)] as const),
  ...['utf-16', 'utf_16', 'utf16', 'unicode', 'unicodebig'].map(name => [name, utf16(null)] as const),
  ...['utf-16be', 'utf_16be', 'x-utf-16be', 'unicodebigunmarked'].map(name => [name, utf16('be')] as const),
  ...['utf-16le', 'utf_16le', 'x-utf-16le', 'unicodelittleunmarked'].map(name => [name, utf16('le')] as const)
])

/** Names to offer in messages. */
export const charsetNames = ['UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16', 'UTF-16BE', 'UTF-16LE']

/** The character set of a Java name, in any case; null if it is not supported. */
export function javaCharset (name: string): Charset | null {
  return charsets.get(name.toLowerCase()) ?? null
}
