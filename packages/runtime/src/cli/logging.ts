import { configError, type RawConfig } from '@tributary/plugin'
import { levelOf } from '../log/levels.ts'
import { type LogFormat, Loggers } from '../log/loggers.ts'

/**
 * The loggers of a program: `log.format` (json or readable) and `log.level` of the worker file, or TRIBUTARY_LOG_FORMAT and TRIBUTARY_LOG_LEVEL
 * of the environment, which win. Throws a ConnectError of kind `config` for other words.
 */
export function loggersOf (worker: RawConfig, env: NodeJS.ProcessEnv = process.env): Loggers {
  const format = (env.TRIBUTARY_LOG_FORMAT ?? worker['log.format'] ?? 'readable').trim().toLowerCase()
  if (format !== 'json' && format !== 'readable') throw configError(`log.format (or TRIBUTARY_LOG_FORMAT) must be json or readable, not "${format}".`)
  const text = env.TRIBUTARY_LOG_LEVEL ?? worker['log.level'] ?? 'INFO'
  const level = levelOf(text)
  if (level === null) throw configError(`log.level (or TRIBUTARY_LOG_LEVEL) must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL and OFF, not "${text}".`)
  return new Loggers({ format: format satisfies LogFormat, levels: { root: { level, last_modified: null } } })
}
