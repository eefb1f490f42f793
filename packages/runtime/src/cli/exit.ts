import { ConnectError } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'

/** Exit codes of Kafka's scripts. */
export const exitCodes = {
  /** Wrong arguments, or a failure while running. */
  usage: 1,
  /** The worker file is wrong, or the worker cannot start. */
  start: 2,
  /** A connector of the command line cannot be created. */
  connector: 3
} as const

/** An end of the program that the user can do something about: sentences to print, one a line, and the exit code. */
export class Exit extends Error {
  readonly code: number

  constructor (code: number, sentences: readonly string[]) {
    super(sentences.join('\n'))
    this.name = 'Exit'
    this.code = code
  }
}

/** What to print for an error: a sentence where the user made the mistake, else the whole trace, since then it is ours. */
export function explain (error: unknown): string {
  if (error instanceof ConnectError || error instanceof RestError) return error.message
  return error instanceof Error ? error.stack ?? error.message : String(error)
}

/** Prints why, and ends the process. */
export function end (error: unknown, code: number): never {
  process.stderr.write(`${error instanceof Exit ? error.message : explain(error)}\n`)
  process.exit(error instanceof Exit ? error.code : code)
}
