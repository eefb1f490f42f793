import { until } from '@tributary/testing'
import type { ConnectProcess } from '../conformance/connect-process.ts'

/** Asks a worker until the answer is good, for so long; resolves with its body, null where there is none. */
export async function request (worker: Pick<ConnectProcess, 'url'>, method: string, path: string, body?: unknown, patienceMs?: number): Promise<unknown> {
  return await until(`${method} ${path}`, async () => {
    const answer = await fetch(`${worker.url}${path}`, { method, ...body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } })
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${answer.status} ${text}`)
    return { body: text === '' ? null : JSON.parse(text) as unknown }
  }, patienceMs).then(({ body }) => body)
}
