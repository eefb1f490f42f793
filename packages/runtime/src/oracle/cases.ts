/** One case of the oracle: its kind and, beside it, whatever inputs the kind has. */
export interface OracleCase {
  readonly id: string
  readonly kind: string
  readonly [input: string]: unknown
}

/** What answers the cases of a kind. */
export type Kinds = Readonly<Record<string, (given: OracleCase) => unknown>>
