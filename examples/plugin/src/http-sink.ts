import { configError, defineSink, retriableError, t, type SinkRecord } from '@tributary/plugin'
import { jsonOf } from './json.ts'

const config = t.object({
  'http.url': t.string({
    description: 'Where to POST to',
    importance: 'HIGH',
    check: url => URL.canParse(url) && /^https?:/.test(url) ? null : 'must be a URL such as https://example.com/records'
  }),
  'http.token': t.password({ description: 'Token for the header Authorization: Bearer; absent: none', default: null }),
  'batch.size': t.int({ description: 'Most records of a request', default: 100, min: 1, max: 10_000 }),
  'timeout.ms': t.long({ description: 'Milliseconds to wait for an answer', default: 10_000, min: 1 })
})

/** Records as JSON arrays, POSTed in order. `put` resolves when the server has said yes, so no `preCommit` is needed. */
export const httpSink = defineSink({
  summary: 'Sends values as JSON arrays to a web server.',
  guarantee: 'at-least-once',
  config,
  start ({ config, giveUp, report, log }) {
    const { 'http.url': url, 'http.token': token, 'batch.size': size, 'timeout.ms': timeoutMs } = config
    const headers = { 'content-type': 'application/json', ...token === null ? {} : { authorization: `Bearer ${token.value}` } }

    async function post (records: readonly SinkRecord[]): Promise<number> {
      const body = `[${records.map(({ value }) => jsonOf(value)).join(',')}]`
      try {
        const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.any([giveUp, AbortSignal.timeout(timeoutMs)]) })
        await answer.body?.cancel()
        return answer.status
      } catch (error) {
        // The worker calls `put` again with the same records, for as long as errors.retry.timeout says or the task is stopped.
        throw retriableError(`Cannot reach ${url} (http.url): ${(error as Error).message}`, { cause: error })
      }
    }

    async function send (records: readonly SinkRecord[]): Promise<void> {
      const status = await post(records)
      if (status < 300) return
      if (status === 429 || status >= 500) throw retriableError(`${url} (http.url) answers ${status}.`)
      if (status !== 400 && status !== 422) throw configError(`${url} (http.url) answers ${status}; look at http.url and http.token.`)
      // One of these records is refused: halve until it is found, and let the user's errors.* keys decide about it.
      if (records.length === 1) return await report(records[0]!, new Error(`${url} answers ${status}.`))
      const middle = records.length >> 1
      await send(records.slice(0, middle))
      await send(records.slice(middle))
    }

    log.info({ url }, 'Sending records.')
    return {
      async put (records) {
        for (let i = 0; i < records.length; i += size) await send(records.slice(i, i + size))
      }
    }
  }
})
