import { TypedNumber, configError, dataError, defineTransform, t, withParts } from '@tributary/plugin'
import type { ConnectRecord, Transform } from '@tributary/plugin'
import jsonataOf from 'jsonata'
import { isBag, membersOf, setMember } from './record-part.ts'

const config = t.object({
  expression: t.string({
    description: 'JSONata expression whose result becomes the value, without a schema. It reads the value; $key, $topic, $partition, $timestamp and $headers hold the rest of the record. A record for which it finds nothing is dropped.',
    importance: 'HIGH',
    nonEmpty: true,
    check: expression => expressionProblem(expression)
  }),
  'timeout.ms': t.int({
    description: 'Time an expression may take for one record, in milliseconds; then the record counts as refused. Does not interrupt a regular expression.',
    default: 100,
    min: 1
  }),
  'max.depth': t.int({
    description: 'How deep steps and functions of an expression may nest; more counts as runaway recursion.',
    default: 300,
    min: 10,
    max: 1000
  })
})

/** Changes values by a JSONata expression (jsonata.org), bounded in time and depth; it reaches neither files nor the network. */
export const jsonata = defineTransform({
  summary: 'Makes the value anew by a JSONata expression.',
  config,
  create: ({ expression, 'timeout.ms': timeoutMs, 'max.depth': maxDepth }) => createJsonata(expression, timeoutMs, maxDepth)
})

function expressionProblem (expression: string): string | null {
  try {
    jsonataOf(expression)
    return null
  } catch (error) {
    const { message, position } = error as { message: string, position?: number }
    return `Not a JSONata expression: ${message}${position === undefined ? '' : ` (character ${position})`}`
  }
}

function createJsonata (text: string, timeoutMs: number, maxDepth: number): Transform {
  const problem = expressionProblem(text)
  if (problem !== null) throw configError(`Invalid value ${text} for configuration expression: ${problem}`)
  const expression = jsonataOf(text)
  const bounds = new Bounds(timeoutMs, maxDepth)
  expression.assign('__evaluate_entry', () => { bounds.enter() })
  expression.assign('__evaluate_exit', () => { bounds.leave() })
  return record => {
    bounds.start()
    const result = evaluate(expression, record)
    return result === undefined ? null : withParts(record, { valueSchema: null, value: cleaned(result) })
  }
}

function evaluate (expression: jsonataOf.Expression, record: ConnectRecord): unknown {
  try {
    return expression.evaluate(plain(record.value), {
      key: plain(record.key),
      topic: record.topic,
      partition: record.partition,
      timestamp: record.timestamp,
      headers: Object.fromEntries(record.headers.map(({ key, value }) => [key, plain(value)]))
    }) as unknown
  } catch (error) {
    if (error instanceof LimitReached) throw dataError(error.message)
    // JSONata's messages quote values, so only their code is passed on.
    const { code } = error as { code?: string }
    throw dataError(`The JSONata expression failed on this record${code === undefined ? '' : ` with ${code}`}.`)
  }
}

class LimitReached extends Error {}

/** Counts the steps of one evaluation. */
class Bounds {
  readonly #timeoutMs: number
  readonly #maxDepth: number
  #deadline = 0
  #steps = 0
  #depth = 0

  constructor (timeoutMs: number, maxDepth: number) {
    this.#timeoutMs = timeoutMs
    this.#maxDepth = maxDepth
  }

  start (): void {
    this.#steps = 0
    this.#depth = 0
  }

  enter (): void {
    if (++this.#depth > this.#maxDepth) throw new LimitReached(`The JSONata expression nests deeper than max.depth (${this.#maxDepth}).`)
    // The clock is asked now and then only; most expressions are done before.
    if ((++this.#steps & 127) !== 0) return
    const now = performance.now()
    if (this.#steps === 128) this.#deadline = now + this.#timeoutMs
    else if (now > this.#deadline) throw new LimitReached(`The JSONata expression took longer than timeout.ms (${this.#timeoutMs}).`)
  }

  leave (): void { this.#depth-- }
}

/** A copy of the value as JSONata reads it: plain numbers, and objects that inherit nothing an expression could reach. */
function plain (value: unknown): unknown {
  if (value instanceof TypedNumber) return value.value
  if (Array.isArray(value)) return value.map(plain)
  if (!isBag(value)) return value
  const copy = Object.create(null) as Record<string, unknown>
  for (const [name, member] of membersOf(value)) setMember(copy, String(name), plain(member))
  return copy
}

/** The result without JSONata's marks on its arrays. */
function cleaned (value: unknown): unknown {
  if (typeof value === 'function') throw dataError('The result of the JSONata expression holds a function. Call it, or leave it out.')
  if (Array.isArray(value)) return Array.from(value, cleaned)
  if (!isBag(value) || value instanceof Map) return value ?? null
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) setMember(copy, name, cleaned(member))
  return copy
}
