import { decimalToInt64, parseDecimal, TypedNumber } from '@tributary/plugin'
import type { Decimal } from '@tributary/plugin'
import type { JsonNode } from './json-parse.ts'

/** Jackson's word for what a node is, for messages. */
export function nodeType (node: JsonNode): string {
  if (node === undefined) return 'MISSING'
  if (node === null) return 'NULL'
  if (Array.isArray(node)) return 'ARRAY'
  if (typeof node === 'string') return 'STRING'
  if (typeof node === 'boolean') return 'BOOLEAN'
  return isObject(node) ? 'OBJECT' : 'NUMBER'
}

export function isObject (node: JsonNode): node is Readonly<Record<string, JsonNode>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof TypedNumber)
}

export function isWhole (node: JsonNode): node is number | bigint {
  return Number.isInteger(node) || typeof node === 'bigint'
}

/** The node as a decimal with all its digits; null for anything but a number. */
export function decimalOf (node: JsonNode): Decimal | null {
  if (typeof node === 'number' || typeof node === 'bigint') return parseDecimal(String(node))
  return node instanceof TypedNumber ? parseDecimal(node.text ?? String(node.value)) : null
}

/** Jackson's `longValue`: fractions cut off, the low 64 bits kept, 0 for what is no number. */
export function longOf (node: JsonNode): number | bigint {
  if (typeof node === 'number' && Math.abs(node) <= Number.MAX_SAFE_INTEGER) return Math.trunc(node) + 0
  const decimal = decimalOf(node)
  if (decimal === null) return 0
  const exact = decimalToInt64(decimal)
  return exact >= BigInt(Number.MIN_SAFE_INTEGER) && exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact
}

/** Jackson's `intValue`: the low 32 bits of the whole part. */
export function intOf (node: JsonNode): number {
  if (typeof node === 'number') return node | 0
  const long = longOf(node)
  return typeof long === 'number' ? long | 0 : Number(BigInt.asIntN(32, long))
}

/** Jackson's `doubleValue`: 0 for what is no number. */
export function doubleOf (node: JsonNode): number {
  if (typeof node === 'number') return node
  if (typeof node === 'bigint') return Number(node)
  return node instanceof TypedNumber ? node.value : 0
}
