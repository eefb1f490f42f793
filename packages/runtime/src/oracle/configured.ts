import { configError, parseConfig } from '@tributary/plugin'
import type { ConfigObject, RawConfig } from '@tributary/plugin'

/** The parsed configuration; throws the first problem alone, as Java does. */
export function configured (object: ConfigObject, raw: RawConfig): never {
  const { value, problems } = parseConfig(object, raw)
  if (problems.length > 0) throw configError(problems[0]!.message)
  return value as never
}
