import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { workerConfigOf } from '../../src/config/worker-config.ts'
import { advertisedUrl, listenerAddress } from '../../src/rest/listeners.ts'
import { startRest } from '../../src/rest/server.ts'
import { MemoryHerder } from './memory-herder.ts'
import { restContext, workerFile } from './rest-app.ts'

t.test('an address is understood, whatever the case of its protocol', async t => {
  t.same(listenerAddress('HTTP://myhost:8083'), { protocol: 'http', host: 'myhost', port: 8083 })
  t.same(listenerAddress('https://[::1]:0'), { protocol: 'https', host: '::1', port: 0 })
  t.same(listenerAddress('http://:8083'), { protocol: 'http', host: '', port: 8083 })
})

t.test('an address that is none is refused', async t => {
  t.throws(() => listenerAddress('http:/bad'), { message: /^Listener doesn't have the right format \(protocol:\/\/hostname:port\)/ })
  t.throws(() => listenerAddress('ftp://a:1'), { message: /^Listener protocol must be either "http" or "https"/ })
  t.throws(() => listenerAddress('http://a:70000'), { message: /ports are 0 to 65535/ })
})

t.test('the advertised URL is made of keys, else of the first matching listener', async t => {
  const worker = async (keys: object) => await workerConfigOf('distributed', { ...workerFile, ...keys })
  const open = [listenerAddress('https://a:1'), listenerAddress('http://b:2')]
  t.equal(await advertisedUrl(await worker({}), open), 'http://b:2/')
  t.equal(await advertisedUrl(await worker({ 'rest.advertised.listener': 'https' }), open), 'https://a:1/')
  t.equal(await advertisedUrl(await worker({ 'rest.advertised.host.name': 'h', 'rest.advertised.port': '9' }), open), 'http://h:9/')
})

t.test('before the herder is there paths are not found, then they are', async t => {
  const rest = await startRest((await restContext()).context)
  t.teardown(() => rest.close())
  t.equal((await fetch(rest.url)).status, 404)
  rest.serve(new MemoryHerder())
  t.equal((await fetch(rest.url)).status, 200)
  t.equal(rest.workerId, `127.0.0.1:${rest.listeners[0]?.port}`)
})

t.test('a port that is taken is told with the key to change', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  await t.rejects(startRest((await restContext({ listeners: `http://127.0.0.1:${port}` })).context), { message: new RegExp(`^Cannot listen on http://127.0.0.1:${port}: another program`) })
})

t.test('admin listeners serve loggers, and they alone', async t => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  const rest = await startRest((await restContext({ 'admin.listeners': `http://127.0.0.1:${port}` })).context)
  t.teardown(() => rest.close())
  rest.serve(new MemoryHerder())
  t.equal((await fetch(`http://127.0.0.1:${port}/admin/loggers`)).status, 200)
  t.equal((await fetch(`http://127.0.0.1:${port}/connectors`)).status, 404)
  t.equal((await fetch(`${rest.url}admin/loggers`)).status, 404)
})

/** A self-signed certificate with its key, as PEM files. */
function certificate (t: { teardown (run: () => void): void }): { both: string, cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rest-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [key, cert, both] = ['key.pem', 'cert.pem', 'both.pem'].map(name => join(folder, name)) as [string, string, string]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
  return { both, cert }
}

async function statusOf (url: string, options: https.RequestOptions): Promise<number | string> {
  try {
    const request = https.get(url, { ...options, agent: false })
    const [response] = await once(request, 'response')
    response.resume()
    return response.statusCode
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  }
}

t.test('an https listener shows its certificate, and asks callers for one where it must', async t => {
  const { both, cert } = certificate(t)
  const keys = {
    listeners: 'https://127.0.0.1:0', 'listeners.https.ssl.keystore.type': 'PEM', 'listeners.https.ssl.keystore.location': both,
    'listeners.https.ssl.truststore.type': 'PEM', 'listeners.https.ssl.truststore.location': cert, 'listeners.https.ssl.client.auth': 'required'
  }
  const rest = await startRest((await restContext(keys)).context)
  t.teardown(() => rest.close())
  rest.serve(new MemoryHerder())
  const ca = readFileSync(cert)
  t.equal(await statusOf(rest.url, { ca, cert: ca, key: readFileSync(both) }), 200)
  t.match(await statusOf(rest.url, { ca }), /^E|ERR_SSL/)
})

t.test('a connection too many is closed at once', async t => {
  const rest = await startRest((await restContext({ 'rest.connections.max': '1' })).context)
  t.teardown(() => rest.close())
  const port = rest.listeners[0]!.port
  const first = connect(port, '127.0.0.1')
  t.teardown(() => first.destroy())
  await once(first, 'connect')
  const second = connect(port, '127.0.0.1')
  second.on('error', () => {})
  second.resume()
  await once(second, 'close')
  t.notOk(first.destroyed)
})

t.test('an https listener without a certificate says what to set', async t => {
  await t.rejects(startRest((await restContext({ listeners: 'https://127.0.0.1:0' })).context), { message: /set ssl\.keystore\.location/ })
})
