import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { transformConfig, withoutSecrets } from '../../src/config/config-transformer.ts'
import { createProvider, declaredProviders } from '../../src/config/providers.ts'
import { discoverPlugins } from '../../src/discovery/discover.ts'

function folder (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'providers-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  writeFileSync(join(path, 'a.properties'), 'user=bob\npw=s3cr=et\nref=${file:x:y}\ngrüße=hallo\n')
  mkdirSync(join(path, 'd'))
  writeFileSync(join(path, 'd', 'one'), '1\n')
  return path
}

async function resolved (t: Test, value: (path: string) => string, parameters: (path: string) => Record<string, string> = () => ({})): Promise<string | undefined> {
  const path = folder(t)
  const providers = new Map([['file', createProvider('FileConfigProvider', parameters(path), 'k')], ['dir', createProvider('org.apache.kafka.common.config.provider.DirectoryConfigProvider', parameters(path), 'k')]])
  return (await transformConfig(providers, { k: value(path) })).config['k']
}

t.test('variables are replaced, several in a value', async t => {
  t.equal(await resolved(t, path => `x-\${file:${path}/a.properties:user}-\${file:${path}/a.properties:pw}`), 'x-bob-s3cr=et')
})

t.test('what a provider returns is not looked at again', async t => {
  t.equal(await resolved(t, path => `\${file:${path}/a.properties:ref}`), '${file:x:y}')
})

t.test('property files of providers are UTF-8', async t => {
  t.equal(await resolved(t, path => `\${file:${path}/a.properties:grüße}`), 'hallo')
})

t.test('a whole file is a value, its last line end included', async t => {
  t.equal(await resolved(t, path => `\${dir:${path}/d:one}`), '1\n')
})

t.test('a variable of an unknown provider, or without a value, stays', async t => {
  t.equal(await resolved(t, path => `\${file:${path}/a.properties:nope} \${vault:a:b}`).then(text => text?.endsWith(':nope} ${vault:a:b}')), true)
})

t.test('a file that is not there is an error', async t => {
  await t.rejects(resolved(t, () => '${file:a:b:c}'), { message: 'Could not read properties from file a' })
})

t.test('paths that are not allowed give nothing', async t => {
  const inside = (path: string) => ({ 'allowed.paths': join(path, 'd') })
  t.match(await resolved(t, path => `\${file:${path}/d/../a.properties:user}`, inside), /^\$\{file:/)
  t.equal(await resolved(t, path => `\${dir:${path}/d:one}`, inside), '1\n')
})

t.test('an allowed path must be absolute and there', async t => {
  t.throws(() => createProvider('FileConfigProvider', { 'allowed.paths': 'a' }, 'k'), { message: 'Path a is not absolute' })
  t.throws(() => createProvider('FileConfigProvider', { 'allowed.paths': '/not/there' }, 'k'), { message: 'Path /not/there does not exist' })
})

t.test('variables of the environment are given as the pattern allows', async t => {
  process.env['PROVIDERS_TEST_A'] = 'a'
  t.teardown(() => { delete process.env['PROVIDERS_TEST_A'] })
  const all = new Map([['env', createProvider('EnvVarConfigProvider', {}, 'k')]])
  t.equal((await transformConfig(all, { k: '${env:PROVIDERS_TEST_A}' })).config['k'], 'a')
  const some = new Map([['env', createProvider('EnvVarConfigProvider', { 'allowlist.pattern': 'OTHER_.*' }, 'k')]])
  t.equal((await transformConfig(some, { k: '${env:PROVIDERS_TEST_A}' })).config['k'], '${env:PROVIDERS_TEST_A}')
  await t.rejects(transformConfig(all, { k: '${env:path:X}' }), { message: 'Path is not supported for EnvVarConfigProvider, invalid value \'path\'' })
})

t.test('a worker declares providers by name, blanks around names do not count', async t => {
  const found = await declaredProviders({ 'config.providers': 'env, file', 'config.providers.env.class': 'EnvVarConfigProvider', 'config.providers.file.class': 'FileConfigProvider' })
  t.same([...found.keys()], ['env', 'file'])
  await t.rejects(declaredProviders({ 'config.providers': 'v', 'config.providers.v.class': 'com.example.Vault' }), { message: /^Invalid value com\.example\.Vault for configuration config\.providers\.v\.class/ })
})

t.test('a time to live is the shortest of those given', async t => {
  const provider = (ttlMs: number | null) => ({ get: async () => ({ values: new Map([['k', 'v']]), ttlMs }) })
  const providers = new Map([['a', provider(5000)], ['b', provider(1000)], ['c', provider(null)]])
  t.same(await transformConfig(providers, { x: '${a:k}${b:k}${c:k}' }), { config: { x: 'vvv' }, ttlMs: 1000 })
})

t.test('task configurations get their variables back before they are stored', async t => {
  t.same(withoutSecrets({ pw: '${file:a:b}', x: '1' }, { pw: 'secret', x: '2', y: '3' }), { pw: '${file:a:b}', x: '2', y: '3' })
})

t.test('a plugin may bring a provider, whose values may expire', async t => {
  const plugins = discoverPlugins({ pluginPath: [fileURLToPath(new URL('../fixtures/unruly', import.meta.url))], workerFile: null })
  const file = join(folder(t), 'values.json')
  writeFileSync(file, '{ "user": "bob", "more": "not asked for" }')
  const worker = { 'config.providers': 'mine', 'config.providers.mine.class': 'test.ChangingConfigProvider', 'config.providers.mine.param.file': file, 'config.providers.mine.param.ttl.ms': '5000' }
  const found = await declaredProviders(worker, plugins)
  t.same(await found.get('mine')?.get('', new Set(['user', 'absent'])), { values: new Map([['user', 'bob']]), ttlMs: 5000 })
  t.same(await transformConfig(found, { k: '${mine:user}-${mine:absent}' }), { config: { k: 'bob-${mine:absent}' }, ttlMs: 5000 })
  await t.rejects(declaredProviders({ ...worker, 'config.providers.mine.param.ttl.ms': 'soon' }, plugins), { message: /^The config provider mine cannot be configured by config\.providers\.mine\.param\.\*: Invalid value soon for configuration ttl\.ms/ })
  writeFileSync(file, '{ "user": 7 }')
  await t.rejects(async () => found.get('mine')?.get('', new Set(['user'])), { message: /^The config provider mine must answer/ })
})
