import type { Quickstart } from './avro.ts'
import { business, machines } from './business.ts'
import { retail } from './retail.ts'
import { web } from './web.ts'

export type { Quickstart }

/** Schemas of Confluent's datagen under their names: the same fields, ranges and patterns, with lists of made-up values of our own. */
export const quickstarts: Readonly<Record<string, Quickstart>> = { ...web, ...retail, ...business, ...machines }

/** The quickstart of a name in any case, or null. */
export function quickstartOf (name: string): Quickstart | null {
  const key = name.toLowerCase()
  return Object.hasOwn(quickstarts, key) ? quickstarts[key]! : null
}
