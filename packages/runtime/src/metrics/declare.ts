/** Called for each reading; gives the values of now. */
export type Read = (set: (labels: Readonly<Record<string, string>>, value: number) => void) => void

/** Puts metrics on a page. */
export interface Declare {
  gauge (name: string, help: string, labels: readonly string[], read: Read): void
  counter (name: string, help: string, labels: readonly string[], read: Read): void
}
