import { dataError } from '@tributary/plugin'
import type { Schema, SchemaAndValue } from '@tributary/plugin'
import { schemaOfNode } from './json-envelope.ts'
import { JsonParser, parseExactly } from './json-parse.ts'
import { compileReader, holdsDecimals } from './json-reader.ts'
import type { Reader } from './json-reader.ts'
import { scanJson } from './json-scan.ts'
import { bufferOf, jsonText } from './json-text.ts'
import { Lru } from '../lru.ts'

/** A schema met in envelopes, and how its payloads are read. */
interface Known {
  readonly schema: Schema | null
  readonly read: Reader
  /** Payloads hold decimals, for which every digit counts. */
  readonly keepsText: boolean
}

/** A known schema with the bytes that stand before the payload: `{"schema":{...},"payload":`. */
interface Start extends Known { readonly bytes: Buffer }

const payloadName = Buffer.from('"payload":')
const mustBeEnvelope = 'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.'

/**
 * Reads envelopes `{"schema":...,"payload":...}`. The schema of a topic's records is nearly always the same text, so its bytes are compared,
 * not parsed: only the payload is.
 */
export class EnvelopeReader {
  readonly #replaceNull: boolean
  readonly #known: Lru<string, Known>
  readonly #starts: Lru<string, Start>
  #last: Start | null = null

  constructor ({ replaceNull, cacheSize }: { replaceNull: boolean, cacheSize: number }) {
    this.#replaceNull = replaceNull
    this.#known = new Lru(cacheSize)
    this.#starts = new Lru(cacheSize)
  }

  /** Throws data errors in Java's words for anything but an envelope. */
  read (bytes: Uint8Array): SchemaAndValue {
    const buffer = bufferOf(bytes)
    const start = this.#startOf(buffer)
    if (start !== null) {
      const node = payloadAfter(buffer, start)
      if (node !== undefined) return { schema: start.schema, value: start.read(node) }
    }
    return this.#readWhole(jsonText(bytes))
  }

  #startOf (buffer: Buffer): Start | null {
    const last = this.#last
    if (last !== null && buffer.length > last.bytes.length && buffer.compare(last.bytes, 0, last.bytes.length, 0, last.bytes.length) === 0) return last
    const at = buffer.indexOf(payloadName)
    const start = at === -1 ? undefined : this.#starts.get(buffer.toString('latin1', 0, at + payloadName.length))
    if (start === undefined) return null
    this.#last = start
    return start
  }

  #readWhole (text: string): SchemaAndValue {
    const members = new JsonParser(text, false).members()
    // Bytes that are no JSON at all are told apart from those that are no envelope.
    if (members === null) parseExactly(text)
    const byName = new Map(members?.map(member => [member.name, member]))
    const [schema, payload] = [byName.get('schema'), byName.get('payload')]
    if (byName.size !== 2 || schema === undefined || payload === undefined) throw dataError(mustBeEnvelope)
    const known = this.#knownOf(text.slice(schema.start, schema.end), schema.value)
    const head = text.slice(0, payload.start)
    if (members!.length === 2 && payload.start > schema.start && head.indexOf('"payload":') === head.length - payloadName.length && text.charCodeAt(0) === 0x7b) {
      const bytes = Buffer.from(head)
      this.#starts.set(bytes.toString('latin1'), { ...known, bytes })
    }
    const node = known.keepsText ? parseExactly(text.slice(payload.start, payload.end), true) : payload.value
    return { schema: known.schema, value: known.read(node) }
  }

  #knownOf (text: string, node: unknown): Known {
    const found = this.#known.get(text)
    if (found !== undefined) return found
    // Decimals among the defaults need all their digits.
    const schema = schemaOfNode(text.includes('"default"') ? parseExactly(text, true) : node, this.#replaceNull)
    const known = schema === null
      ? { schema, keepsText: false, read: (node: unknown) => node }
      : { schema, keepsText: holdsDecimals(schema), read: compileReader(schema, this.#replaceNull) }
    this.#known.set(text, known)
    return known
  }
}

/** The payload behind a known start, if the rest of the bytes is just it and a closing brace; else undefined. */
function payloadAfter (buffer: Buffer, { bytes, keepsText }: Start): unknown {
  const end = buffer.lastIndexOf(0x7d)
  const payload = buffer.subarray(bytes.length, end)
  if (end < bytes.length) return undefined
  const scan = keepsText ? 'risky' : scanJson(payload)
  try {
    if (scan === 'ascii') return JSON.parse(payload.toString('latin1')) as unknown
    if (scan === 'utf8') return JSON.parse(jsonText(payload)) as unknown
    return new JsonParser(jsonText(payload), keepsText).parseWhole()
  } catch {
    // Not just a payload, or no JSON: the whole text tells.
    return undefined
  }
}
