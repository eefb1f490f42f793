import { once } from 'node:events'
import { createServer, request as send, Agent, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request on its way to the server behind. */
export interface ProxiedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** 1 for the first request of the proxy. */
  readonly number: number
}

/** What goes wrong with a request. */
export type Fault =
  /** Answers so, without asking the server behind. */
  | { readonly kind: 'answer', readonly status: number, readonly headers?: Readonly<Record<string, string>>, readonly body?: string }
  /** Ends the connection: before the server behind hears of the request; after it has done it, without an answer; or in the middle of its answer. */
  | { readonly kind: 'cut', readonly when: 'before' | 'after' | 'within' }
  /** Passes it on later. */
  | { readonly kind: 'delay', readonly ms: number }
  /** Passes it on, and changes the headers of the answer: a wrong ETag, for one. */
  | { readonly kind: 'headers', readonly headers: Readonly<Record<string, string>> }

/** Decides for each request, in the order of their arrival; null: nothing goes wrong. */
export type FaultPlan = (request: ProxiedRequest) => Fault | null

export interface FaultProxy {
  readonly url: string
  /** Requests that came, faulty ones included. */
  readonly requests: number
  /** Faults that were made. */
  readonly faults: number
  /** Another plan from the next request on; null: none. */
  plan (plan: FaultPlan | null): void
  /** Closes the proxy and its connections. */
  stop (): Promise<void>
}

function xml (status: number, code: string, message: string): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  }
}

/** Answers as AWS gives them, and ways to spread faults over requests. */
export const faults = {
  /** S3's 503. */
  slowDown: (): Fault => xml(503, 'SlowDown', 'Please reduce your request rate.'),
  /** S3's 500. */
  internalError: (): Fault => xml(500, 'InternalError', 'We encountered an internal error. Please try again.'),
  /** An error of the JSON protocols: Kinesis, DynamoDB, CloudWatch, Glue. */
  json: (status: number, type: string, message = type): Fault =>
    ({ kind: 'answer', status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify({ __type: type, message }) }),
  /** Every `n`th request that `applies` to, taking turns through the faults. */
  every (n: number, choices: readonly Fault[], applies: (request: ProxiedRequest) => boolean = () => true): FaultPlan {
    let seen = 0
    return request => applies(request) && ++seen % n === 0 ? choices[(seen / n - 1) % choices.length] ?? null : null
  },
  /** Requests past so many in one second are answered with `fault`, SlowDown by default. */
  throttle (perSecond: number, fault: Fault = faults.slowDown()): FaultPlan {
    let [second, seen] = [0, 0]
    return () => {
      const now = Math.floor(performance.now() / 1000)
      if (now !== second) [second, seen] = [now, 0]
      return ++seen > perSecond ? fault : null
    }
  },
  /** The same fault for all requests of the next `ms`, then none. */
  during (ms: number, fault: Fault): FaultPlan {
    const end = performance.now() + ms
    return () => performance.now() < end ? fault : null
  },
  /** The first fault that one of the plans gives. All plans see all requests. */
  all: (...plans: readonly FaultPlan[]): FaultPlan => request => plans.map(plan => plan(request)).find(fault => fault !== null) ?? null
} as const

/** Starts an HTTP/1.1 proxy on 127.0.0.1 in front of `target` (a URL such as that of the local AWS), which makes requests fail as planned. */
export async function startFaultProxy (target: string, plan: FaultPlan | null = null): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(target)
  let current = plan
  const counts = { requests: 0, faults: 0 }

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | null): void => {
    const { method, url: path, headers } = incoming
    const onward = send({ agent, hostname, port, method, path, headers })
    onward.on('error', () => { outgoing.destroy() })
    onward.on('response', answer => { deliver(answer, outgoing, fault) })
    incoming.on('aborted', () => { onward.destroy() })
    incoming.pipe(onward)
  }

  const server = createServer((incoming, outgoing) => {
    counts.requests++
    const fault = current?.({ method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: incoming.headers, number: counts.requests }) ?? null
    if (fault !== null) counts.faults++
    if (fault?.kind === 'answer') answer(incoming, outgoing, fault)
    else if (fault?.kind === 'cut' && fault.when === 'before') incoming.socket.destroy()
    else if (fault?.kind === 'delay') void sleep(fault.ms, undefined, { ref: false }).then(() => { pass(incoming, outgoing, null) })
    else pass(incoming, outgoing, fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The fault proxy has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    get requests () { return counts.requests },
    get faults () { return counts.faults },
    plan (next) { current = next },
    async stop () {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await closed
    }
  }
}

/** Reads the request to its end first, as AWS does; a client that still sends would not see the answer. */
function answer (incoming: IncomingMessage, outgoing: ServerResponse, fault: Extract<Fault, { kind: 'answer' }>): void {
  incoming.resume()
  incoming.on('end', () => {
    outgoing.writeHead(fault.status, fault.headers)
    outgoing.end(incoming.method === 'HEAD' ? undefined : fault.body)
  })
}

function deliver (answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | null): void {
  if (fault?.kind === 'cut' && fault.when === 'after') {
    answer.resume()
    answer.on('end', () => { outgoing.destroy() })
    return
  }
  const changed = fault?.kind === 'headers' ? fault.headers : {}
  outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...changed })
  if (fault?.kind === 'cut') {
    outgoing.flushHeaders()
    answer.once('data', (chunk: Buffer) => {
      answer.destroy()
      outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => { outgoing.destroy() })
    })
    answer.once('end', () => { outgoing.destroy() })
    return
  }
  answer.on('error', () => { outgoing.destroy() })
  answer.pipe(outgoing)
}
