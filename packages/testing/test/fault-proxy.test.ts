import { once } from 'node:events'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { faults, startFaultProxy, type Fault, type FaultProxy } from '../src/fault-proxy.ts'

/** A proxy before a server that says how many requests it has done. */
async function createProxy (t: Pick<Test, 'teardown'>): Promise<FaultProxy> {
  let done = 0
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => { response.setHeader('etag', '"right"').end(`done ${++done}, and a longer text so that half of it can be cut off`) })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
  t.teardown(async () => {
    await proxy.stop()
    server.closeAllConnections()
    server.close()
  })
  return proxy
}

const text = async (proxy: FaultProxy): Promise<string> => {
  const response = await fetch(proxy.url, { method: 'POST', body: 'x'.repeat(100_000) })
  return `${response.status} ${(await response.text()).slice(0, 6)}`
}

t.test('without a plan everything passes', async t => {
  const proxy = await createProxy(t)
  t.equal(await text(proxy), '200 done 1')
  t.same([proxy.requests, proxy.faults], [1, 0])
})

t.test('every second request gets the faults in turn', async t => {
  const proxy = await createProxy(t)
  proxy.plan(faults.every(2, [faults.slowDown(), faults.internalError()]))
  t.same([await text(proxy), await text(proxy), await text(proxy), await text(proxy), await text(proxy)],
    ['200 done 1', '503 <?xml ', '200 done 2', '500 <?xml ', '200 done 3'])
  t.equal(proxy.faults, 2)
})

t.test('a connection is cut before, after or within the work of the server', async t => {
  const proxy = await createProxy(t)
  const cut = async (when: 'before' | 'after' | 'within'): Promise<void> => {
    proxy.plan(() => ({ kind: 'cut', when } satisfies Fault))
    await t.rejects(text(proxy), when)
    proxy.plan(null)
  }
  await cut('before')
  t.equal(await text(proxy), '200 done 1')
  await cut('after')
  t.equal(await text(proxy), '200 done 3')
  await cut('within')
  t.equal(await text(proxy), '200 done 5')
})

t.test('headers of an answer are changed', async t => {
  const proxy = await createProxy(t)
  proxy.plan(() => ({ kind: 'headers', headers: { etag: '"wrong"' } }))
  t.equal((await fetch(proxy.url)).headers.get('etag'), '"wrong"')
})

t.test('requests past the rate are told to slow down', async t => {
  const proxy = await createProxy(t)
  proxy.plan(faults.throttle(0))
  t.equal(await text(proxy), '503 <?xml ')
  proxy.plan(faults.throttle(1000))
  t.equal(await text(proxy), '200 done 1')
})
