import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from './requests.ts'

/** What a worker answered, with everything that differs from run to run replaced by a word in angle brackets. */
export interface Answer {
  readonly status: number
  readonly location: string | null
  readonly body: unknown
}

/** What stands for the words in angle brackets. `url`: the worker that is asked; `others`: the rest of its group. */
export interface Names { readonly url: string, readonly others?: readonly string[], readonly folder: string, readonly topic: string }

const rebalancing = /rebalance|stale configuration/

function filled (text: string, { folder, topic }: Names): string {
  return text.replaceAll('${folder}', folder).replaceAll('${topic}', topic)
}

interface KeyInfo { readonly definition: { readonly name: string, readonly group: string | null } | null, readonly value: { readonly name: string } }

/** An answer of `validate` without what follows from other plugins being there: lists of classes, versions, and keys of ours. */
function withoutPlugins (body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('configs' in body)) return body
  const { configs, groups, ...rest } = body as unknown as { configs: KeyInfo[], groups: string[] }
  const plain = configs.filter(({ definition }) => definition?.group !== 'Tributary').map(({ definition, value }) => {
    const bare = { ...value, recommended_values: [] as string[] }
    if (!value.name.endsWith('plugin.version')) return { definition, value: bare }
    return { definition: { ...definition, default_value: null }, value: { ...bare, value: null } }
  })
  return { ...rest, groups: groups.filter(group => group !== 'Tributary'), configs: plain }
}

function normal (value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string') {
    if (key === 'version' || key === 'commit' || key === 'kafka_cluster_id') return `<${key}>`
    if (key === 'trace' || key === 'documentation') return value === '' ? '' : `<${key}>`
    const anonymous = [names.url, ...names.others ?? []].reduce((text, url) => text.replaceAll(url, '<url>').replaceAll(url.slice('http://'.length), '<worker>'), value)
    return anonymous.replaceAll(names.folder, '<folder>').replaceAll(names.topic, '<topic>')
  }
  if (Array.isArray(value)) {
    const items = value.map(item => normal(item, names, key))
    // Lists of connectors, tasks and offsets have no order.
    return key === '' || key === 'tasks' || key === 'offsets' ? items.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : items
  }
  if (typeof value !== 'object' || value === null) return key === 'last_modified' ? '<time>' : value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, one]) => [name, normal(one, names, name)]))
}

async function ask ({ method, path, body, headers = {} }: Exchange, names: Names): Promise<{ status: number, location: string | null, body: unknown }> {
  const text = body === undefined ? undefined : filled(typeof body === 'string' ? body : JSON.stringify(body), names)
  const sent: Record<string, string> = { ...text === undefined ? {} : { 'content-type': 'application/json' }, ...headers }
  if (sent['content-type'] === '') delete sent['content-type']
  const answer = await fetch(`${names.url}${path}`, {
    method,
    headers: sent,
    // Bytes, since fetch would give text a content type of its own.
    ...text === undefined ? {} : { body: new TextEncoder().encode(text) },
    signal: AbortSignal.timeout(100_000)
  })
  const answered = await answer.text()
  let parsed: unknown = answered
  try {
    parsed = answered === '' ? null : JSON.parse(answered)
  } catch { /* Not every answer is JSON; then its text counts. */ }
  return { status: answer.status, location: answer.headers.get('location'), body: parsed }
}

/** Whether a worker says that a rebalance forbids the request for now. */
function isConflict ({ status, body }: { status: number, body: unknown }): boolean {
  return status === 409 && rebalancing.test((body as { message?: string } | null)?.message ?? '')
}

/**
 * Sends one request, again and again if it waits for something or a rebalance is under way, and normalizes the answer. `onConflict` is called for
 * each answer that a rebalance forbids it.
 */
export async function answerTo (exchange: Exchange, names: Names, onConflict: () => void = () => {}): Promise<Answer> {
  const end = Date.now() + 20_000
  for (;;) {
    const answer = await ask(exchange, names)
    const { until } = exchange
    if (until?.status !== 409 && isConflict(answer)) onConflict()
    const isThere = until === undefined ? !isConflict(answer) : (answer.status === until.status && (until.holds?.(answer.body) ?? true))
    if (isThere || Date.now() > end) {
      return { status: answer.status, location: answer.location === null ? null : String(normal(answer.location, names)), body: exchange.statusOnly === true ? null : normal(withoutPlugins(answer.body), names) }
    }
    await sleep(50)
  }
}
