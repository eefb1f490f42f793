import { Decimal, decimalText, TypedNumber } from '@tributary/plugin'

// Numbers of JSON text as it stands: JavaScript numbers would lose digits. Missing in TypeScript's library so far.
const { rawJSON } = JSON as unknown as { rawJSON (text: string): unknown }

/** A value of a record as JSON. Connect has more kinds of numbers than JavaScript: see the table of @tributary/plugin's `values`. */
export function jsonOf (value: unknown): string {
  return JSON.stringify(value ?? null, (_name, part: unknown) => {
    if (typeof part === 'bigint') return rawJSON(String(part))
    if (part instanceof TypedNumber) return part.text === null ? part.value : rawJSON(part.text)
    if (part instanceof Decimal) return decimalText(part)
    if (part instanceof Map) return Object.fromEntries(part)
    return part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part
  })
}
