import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { publicApp } from '../../src/rest/server.ts'
import { restApp, restContext } from './rest-app.ts'

function moduleFile (t: Test, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rest-extension-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'extension.mjs')
  writeFileSync(file, text)
  return file
}

t.test('an extension adds hooks and routes, and sees the cluster', async t => {
  const file = moduleFile(t, `export default (app, { config, cluster }) => {
    app.addHook('onRequest', async (request, reply) => { reply.header('x-cluster', config['group.id']) })
    app.get('/extra', async () => ({ names: await cluster.connectors() }))
  }`)
  const { app } = await restApp(t, { 'rest.extension.classes': file })
  await app.inject({ method: 'PUT', url: '/connectors/a/config', payload: { x: '1' } })
  const answer = await app.inject('/extra')
  t.same([answer.json(), answer.headers['x-cluster']], [{ names: ['a'] }, 'g'])
  t.equal((await app.inject('/')).headers['x-cluster'], 'g')
})

t.test('an extension that cannot be loaded is told with what would do', async t => {
  const { context } = await restContext({ 'rest.extension.classes': 'com.example.Nothing' })
  await t.rejects(publicApp(context), { message: /^Cannot load the REST extension "com\.example\.Nothing" of rest\.extension\.classes/ })
  const { context: second } = await restContext({ 'rest.extension.classes': moduleFile(t, 'export const x = 1') })
  await t.rejects(publicApp(second), { message: /has no function as its default export\.$/ })
})
