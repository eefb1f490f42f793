import { bufferOf } from './json/json-text.ts'

/** A character set as Java knows it. */
export interface Charset {
  decode (bytes: Uint8Array): string
  encode (text: string): Uint8Array
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Java's, which has ? for half a character. */
export const utf8: Charset = {
  decode: bytes => bufferOf(bytes).toString(),
  encode: text => Buffer.from(text.isWellFormed() ? text : text.replace(loneSurrogate, '?'))
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
    encode (given) {
      const text = given.toWellFormed()
      if (order === 'le') return Buffer.from(text, 'utf16le')
      return Buffer.from(order === null ? `\ufeff${text}` : text, 'utf16le').swap16()
    }
  }
}

/** UTF-32; without a fixed order a mark tells it, and it is big-endian. */
function utf32 (order: 'le' | 'be' | null): Charset {
  return {
    decode (bytes) {
      const buffer = bufferOf(bytes)
      const hasMark = order === null && buffer.length >= 4 && (buffer.readUInt32BE() === 0xfeff || buffer.readUInt32LE() === 0xfeff)
      const isLittle = order === 'le' || (hasMark && buffer[0] === 0xff)
      let text = ''
      for (let at = hasMark ? 4 : 0; at < buffer.length; at += 4) {
        const code = at + 4 > buffer.length ? -1 : isLittle ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at)
        text += code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd'
      }
      return text
    },
    encode (text) {
      const codes = Array.from(text.toWellFormed(), character => character.codePointAt(0)!)
      const buffer = Buffer.alloc(4 * codes.length)
      for (const [i, code] of codes.entries()) if (order === 'le') buffer.writeUInt32LE(code, 4 * i); else buffer.writeUInt32BE(code, 4 * i)
      return buffer
    }
  }
}

/** A set of the WHATWG Encoding Standard, which only says how to read them: what is written is looked up in what was read. */
function legacy (label: string): Charset {
  const decoder = new TextDecoder(label)
  let written: ReadonlyMap<string, Buffer> | null = null
  return {
    // Bytes that these sets leave open stand for nothing in Java.
    decode: label.startsWith('windows-125') ? bytes => decoder.decode(bytes).replace(/[\u0080-\u009f]/g, '\ufffd') : bytes => decoder.decode(bytes),
    encode (text) {
      written ??= writtenForms(decoder)
      return Buffer.concat(Array.from(text, character => written!.get(character) ?? question))
    }
  }
}

const question = Buffer.from('?')

/** The bytes of all characters that one or two of them stand for. */
function writtenForms (decoder: InstanceType<typeof TextDecoder>): Map<string, Buffer> {
  const forms = new Map<string, Buffer>()
  const learn = (bytes: Buffer): void => {
    const characters = Array.from<string>(decoder.decode(bytes))
    if (characters.length === 1 && characters[0] !== '\ufffd' && !forms.has(characters[0]!)) forms.set(characters[0]!, bytes)
  }
  for (let first = 0; first < 256; first++) learn(Buffer.from([first]))
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) learn(Buffer.from([first, second]))
  return forms
}

/** Sets by the label of the standard, with Java's names. */
const legacyNames: Readonly<Record<string, readonly string[]>> = {
  'windows-1250': ['cp1250'],
  'windows-1251': ['cp1251'],
  'windows-1252': ['cp1252', 'ibm-1252', 'ibm1252'],
  'iso-8859-2': ['iso8859_2', 'iso8859-2', 'latin2', 'l2'],
  'iso-8859-5': ['iso8859_5', 'iso8859-5', 'cyrillic'],
  'iso-8859-15': ['iso8859_15', 'iso8859-15', 'latin9', 'latin-9', 'l9'],
  'koi8-r': ['koi8_r', 'koi8'],
  gbk: ['cp936', 'windows-936'],
  gb18030: ['gb18030-2000'],
  shift_jis: ['sjis', 'shift-jis', 'ms_kanji', 'x-sjis'],
  'euc-jp': ['euc_jp', 'eucjis', 'eucjp', 'x-euc-jp', 'x-eucjp'],
  'euc-kr': ['euc_kr', 'euckr', 'ksc5601', 'ks_c_5601-1987'],
  big5: ['csbig5']
}

const charsets = new Map<string, Charset>([
  ...['utf-8', 'utf8', 'unicode-1-1-utf-8'].map(name => [name, utf8] as const),
  ...['iso-8859-1', 'iso8859-1', 'iso8859_1', 'iso_8859-1', '8859_1', 'latin1', 'l1', 'cp819', 'ibm819'].map(name => [name, singleByte(256)] as const),
  ...['us-ascii', 'ascii', 'ascii7', 'iso646-us', '646', 'cp367', 'default'].map(name => [name, singleByte(128)] as const),
  ...['utf-16', 'utf_16', 'utf16', 'unicode', 'unicodebig'].map(name => [name, utf16(null)] as const),
  ...['utf-16be', 'utf_16be', 'x-utf-16be', 'unicodebigunmarked'].map(name => [name, utf16('be')] as const),
  ...['utf-16le', 'utf_16le', 'x-utf-16le', 'unicodelittleunmarked'].map(name => [name, utf16('le')] as const),
  ...['utf-32', 'utf_32', 'utf32', 'iso-10646-ucs-4'].map(name => [name, utf32(null)] as const),
  ...['utf-32be', 'utf_32be', 'x-utf-32be'].map(name => [name, utf32('be')] as const),
  ...['utf-32le', 'utf_32le', 'x-utf-32le'].map(name => [name, utf32('le')] as const),
  ...Object.entries(legacyNames).flatMap(([label, names]) => {
    const charset = legacy(label)
    return [label, ...names].map(name => [name, charset] as const)
  })
])

/** Names to offer in messages. */
export const charsetNames = ['UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16', 'UTF-16BE', 'UTF-16LE', 'UTF-32', 'windows-1252', 'ISO-8859-15', 'GBK', 'GB18030', 'Big5', 'Shift_JIS', 'EUC-JP', 'EUC-KR', 'KOI8-R']

/** The character set of a Java name, in any case; null if it is not supported. */
export function javaCharset (name: string): Charset | null {
  return charsets.get(name.toLowerCase()) ?? null
}
