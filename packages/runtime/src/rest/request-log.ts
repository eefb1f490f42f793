import type { FastifyInstance } from 'fastify'
import type { Log } from '@tributary/plugin'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number): string => String(number).padStart(2, '0')

/** A time in the form of NCSA logs, UTC. */
export function logTime (time: Date): string {
  return `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`
}

const quoted = (text: string | undefined): string => text === undefined ? '"-"' : `"${text.replace(/["\\\p{Cc}]/gu, '_')}"`

/** Logs each request in NCSA's extended format, with the milliseconds it took. Query strings are left in, bodies never. */
export function requestLog (app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    const size = reply.getHeader('content-length')
    const { referer, 'user-agent': agent } = request.headers
    const line = `${request.ip} - - [${logTime(new Date())}] ${quoted(`${request.method} ${request.url} HTTP/${request.raw.httpVersion}`)} ${reply.statusCode} ${String(size ?? '-')} ${quoted(referer)} ${quoted(agent)} ${Math.round(reply.elapsedTime)}`
    log.info({}, line)
  })
}
