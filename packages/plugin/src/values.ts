/**
 * Values of Connect records in JavaScript.
 *
 * | Connect | with a schema | without a schema |
 * |---|---|---|
 * | INT8, INT16, INT32 | number | {@link TypedNumber} |
 * | INT64 | number when safe, else bigint | the same |
 * | FLOAT32 | number | {@link TypedNumber} |
 * | FLOAT64 | number | number when fractional, else {@link TypedNumber} (so 1.0 stays 1.0, and 0.1234567890123456789 keeps its digits) |
 * | BigInteger | - | bigint outside 64 bits or within the safe integers (an INT64 would be a number there) |
 * | BOOLEAN, STRING | boolean, string | the same |
 * | BYTES | Uint8Array | Uint8Array |
 * | Decimal | {@link Decimal} | {@link Decimal} |
 * | Date, Time, Timestamp | Date | Date |
 * | ARRAY | array | array |
 * | MAP | plain object (string keys) or Map (other keys) | the same |
 * | STRUCT | plain object by field name; absent or null = unset | - |
 *
 * Objects are own-property bags: use `Object.hasOwn` or `Object.keys`, since a field may be called `__proto__`.
 */

/** An exact decimal number: unscaled / 10^scale (Java's BigDecimal). */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor (unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }
}

/** A number whose Java type a bare JavaScript number would not tell; only in values without a schema. */
export class TypedNumber {
  readonly type: 'int8' | 'int16' | 'int32' | 'float32' | 'float64'
  readonly value: number
  /** The number as it stood in JSON text, where `value` cannot hold all its digits; null elsewhere. Written out again as it was. */
  readonly text: string | null

  constructor (type: TypedNumber['type'], value: number, text: string | null = null) {
    this.type = type
    this.value = value
    this.text = text
  }
}

/** Members of a plain object or entries of a Map. */
export function entriesOf (value: object): [unknown, unknown][] {
  return value instanceof Map ? [...value as Map<unknown, unknown>] : Object.entries(value)
}
