/** Log4j's level names, as REST takes and shows them, with pino's numbers. */
export const levels = { ALL: 0, TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60, OFF: 100 } as const

export type LogLevel = keyof typeof levels

/** A level from text in any case, or null. */
export function levelOf (text: string): LogLevel | null {
  const name = text.trim().toUpperCase()
  return Object.hasOwn(levels, name) ? name as LogLevel : null
}

/** The level name of a pino number. */
export function levelName (number: number): LogLevel {
  return (Object.keys(levels) as LogLevel[]).find(name => levels[name] >= number) ?? 'OFF'
}
