import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, kafkaBootstrap, startProcess, uniqueName, until } from '@tributary/testing'
import t, { type Test } from 'tap'

// examples/plugin as its users have it: outside this repository, with what npm packs of @tributary/plugin, installed from its own tarball.

const root = fileURLToPath(new URL('../../', import.meta.url))
const execute = promisify(execFile)
const env = { ...process.env, PATH: [dirname(process.execPath), join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter) }

/** Runs a program as from a terminal: tap puts options for Node into the environment of every child, which npm's own Node does not survive. */
async function command (folder: string, ...words: readonly string[]): Promise<string> {
  return (await execute('env', ['-u', 'NODE_OPTIONS', ...words], { cwd: folder, env })).stdout
}

async function npm (folder: string, ...args: readonly string[]): Promise<string> {
  return await command(folder, 'npm', ...args, '--offline', '--no-audit', '--no-fund')
}

/** The example in a folder of its own, with its dependencies. */
async function checkout (folder: string): Promise<void> {
  await cp(join(root, 'examples/plugin'), folder, { recursive: true })
  const tarball = await command(folder, 'node', join(root, 'scripts/pack-plugin.mjs'), join(folder, '..', 'packages'))
  await npm(folder, 'install', '--no-save', '--omit=dev', tarball.trim())
  await mkdir(join(folder, 'node_modules/@types'))
  await symlink(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
}

/** A web server that keeps the records it is sent. */
async function receiver (t: Test): Promise<{ url: string, records: unknown[] }> {
  const records: unknown[] = []
  const server = createServer((request, response) => {
    void request.setEncoding('utf8').toArray().then(parts => {
      records.push(...JSON.parse(parts.join('')) as unknown[])
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, records }
}

const properties = (keys: Readonly<Record<string, string>>): string => Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join('')

t.test('the example plugin is tested, built, packed, installed into plugin.path and run as outside this repository', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-plugin-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const project = join(folder, 'connect-example')
  await checkout(project)
  t.match(await npm(project, 'test'), /fail 0\n/)
  const tarball = (await npm(project, 'pack', '--silent')).trim().split('\n').at(-1)!
  await mkdir(join(folder, 'plugins'))
  await writeFile(join(folder, 'plugins/package.json'), '{}')
  await npm(join(folder, 'plugins'), 'install', join(project, tarball))

  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in/people.txt'), '{"name":"Bob","age":7}\n{"name":"Ann","age":8}\n{"name":"Bob","age":9}\n')
  const { url, records } = await receiver(t)
  const port = await freePort()
  const topic = uniqueName('people')
  const files = ['worker', 'in', 'out'].map(name => join(folder, `${name}.properties`))
  await writeFile(files[0]!, properties({
    'bootstrap.servers': kafkaBootstrap(),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.storage.file.filename': join(folder, 'offsets'),
    listeners: `http://127.0.0.1:${port}`,
    'plugin.path': join(folder, 'plugins')
  }))
  await writeFile(files[1]!, properties({ name: uniqueName('in'), 'connector.class': 'com.example.FolderSourceConnector', folder: join(folder, 'in'), topic }))
  await writeFile(files[2]!, properties({
    name: uniqueName('out'), 'connector.class': 'HttpSink', topics: topic, 'http.url': url,
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false',
    transforms: 'hide', 'transforms.hide.type': 'com.example.Pseudonym$Value', 'transforms.hide.field': 'name', 'transforms.hide.secret': 'kept'
  }))
  const rest = `http://127.0.0.1:${port}`
  const worker = await startProcess(join(root, 'bin/connect-standalone'), files, { env, logFile: join(folder, 'log'), ready: async () => (await fetch(rest)).ok })
  t.teardown(() => worker.kill())
  await until('all records are received', () => records.length >= 3)
  const [bob, ann, again] = records as { name: string, age: number }[]
  t.same([bob!.age, ann!.age, again!.age], [7, 8, 9])
  t.match(bob!.name, /^[0-9a-f]{64}$/)
  t.equal(bob!.name, again!.name)
  t.not(bob!.name, ann!.name)
  const plugins = await (await fetch(`${rest}/connector-plugins`)).json() as { class: string, version: string }[]
  t.match(plugins.find(plugin => plugin.class === 'com.example.HttpSinkConnector'), { version: '1.0.0' })
  await worker.stop()
})
