import { invalidValue, regexProblem } from '@tributary/plugin'
import type { Validator } from '@tributary/plugin'

/** Kafka Connect's rule for keys that hold a Java regular expression. */
export const validRegex: Validator = {
  allowed: 'valid regex',
  check (key, value) {
    const problem = typeof value === 'string' ? regexProblem(value) : 'null'
    return problem === null ? null : invalidValue(key, value, `Invalid regex: ${problem}`)
  }
}
