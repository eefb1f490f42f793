import { levelName } from './levels.ts'

interface Line { time: number, level: number, logger?: string, context?: string, msg?: string, err?: { stack?: string, message?: string }, [field: string]: unknown }

const shownElsewhere = new Set(['time', 'level', 'logger', 'context', 'msg', 'err', 'connector', 'task'])

/**
 * A JSON log line as people read it: `[2026-11-23 07:12:02,123] INFO [orders|task-0] Task started. topic=orders (org.apache...)`, with the stack
 * trace of an error on the lines below.
 */
export function readableLine (json: string): string {
  const line = JSON.parse(json) as Line
  const time = new Date(line.time).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '')
  const fields = Object.entries(line).filter(([name]) => !shownElsewhere.has(name)).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join('')
  const trace = line.err === undefined ? '' : `\n${line.err.stack ?? line.err.message ?? ''}`
  return `[${time}] ${levelName(line.level)} ${line.context === undefined ? '' : `[${line.context}] `}${line.msg ?? ''}${fields}${line.logger === undefined ? '' : ` (${line.logger})`}${trace}\n`
}
