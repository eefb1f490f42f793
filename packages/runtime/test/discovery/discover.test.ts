import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { isInRange } from '../../src/discovery/versions.ts'

async function pluginFolder (t: Test, versions: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-plugins-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const version of versions) {
    const path = join(folder, `mine-${version}`)
    await mkdir(join(path, 'dist'), { recursive: true })
    await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'mine', version, type: 'module', connect: { sinks: { 'com.example.MineSinkConnector': 'sink#mine', mine: 'sink#mine' } } }))
    await writeFile(join(path, 'dist', 'sink.js'), `export const mine = { kind: 'sink', summary: '${version}', guarantee: 'at-least-once', config: { keys: {} }, start () {} }`)
  }
  return folder
}

t.test('built-in plugins are found by class name and by Java\'s aliases', async t => {
  const plugins = discoverPlugins({ pluginPath: [], workerFile: null })
  for (const name of ['org.apache.kafka.connect.file.FileStreamSourceConnector', 'FileStreamSourceConnector', 'FileStreamSource']) {
    t.equal((await plugins.find('source', name))?.entry.class, 'org.apache.kafka.connect.file.FileStreamSourceConnector')
  }
  t.equal(await plugins.find('transformation', 'Value'), null, 'an alias of two classes is none')
})

t.test('of several versions the newest is taken, or the newest in a range', async t => {
  const plugins = discoverPlugins({ pluginPath: [await pluginFolder(t, ['1.9.0', '1.10.0', '2.0.0'])], workerFile: null })
  t.equal((await plugins.find('sink', 'mine'))?.entry.version, '2.0.0')
  t.equal((await plugins.find('sink', 'MineSink', '[1.0,2.0)'))?.definition.summary, '1.10.0')
  await t.rejects(plugins.find('sink', 'mine', '4.0'), { message: 'Plugin com.example.MineSinkConnector not found that matches the version range 4.0, available versions: [1.9.0, 1.10.0, 2.0.0]' })
})

t.test('a folder of plugin.path that is missing or holds no plugin is told, the others are used', async t => {
  const folder = await pluginFolder(t, ['1.0.0'])
  await mkdir(join(folder, 'empty'))
  const plugins = discoverPlugins({ pluginPath: ['/nowhere', join(folder, 'empty'), folder], workerFile: null })
  t.match(plugins.problems, [/^plugin\.path names \/nowhere, but there is no such directory\.$/, /^plugin\.path names .*empty, but no plugin was found there: /])
  t.equal((await plugins.find('sink', 'mine'))?.entry.version, '1.0.0')
})

t.test('a manifest that cannot be understood is told, and leaves the other packages alone', async t => {
  const folder = await pluginFolder(t, ['1.0.0'])
  const manifests: readonly [string, string, RegExp][] = [
    ['a', '{ "connect": { "sinks": }', /^Cannot read .*a\/package\.json: .* Its plugins are left out until it is valid JSON and the worker is started again\.$/],
    ['b', '{ "version": "1.0.0", "connect": { "sinks": ["sink#mine"] } }', /^"connect\.sinks" in .*b\/package\.json is left out: it must map class names to "file#export"/],
    ['c', '{ "version": "1.0.0", "connect": { "sink": { "com.example.A": "sink#mine" } } }', /^"connect\.sink" in .*c\/package\.json is not known, and is left out\. There are: sinks, sources, /],
    ['d', '{ "connect": { "sinks": { "com.example.NoVersion": "sink#mine" } } }', /^.*d\/package\.json has no "version": its plugins are listed without one/],
    ['e', '{ "version": "1.0.0", "connect": { "sinks": { "com.example.MineSinkConnector": "sink#mine" } } }', /package\.json lists com\.example\.MineSinkConnector 1\.0\.0, which .*package\.json lists too; the latter is used\.$/]
  ]
  for (const [name, text] of manifests) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'package.json'), text)
  }
  const plugins = discoverPlugins({ pluginPath: [folder], workerFile: null })
  for (const [name, , sentence] of manifests) t.ok(plugins.problems.some(problem => sentence.test(problem)), `${name}: ${plugins.problems.join('\n')}`)
  t.equal(plugins.problems.length, manifests.length)
  t.ok(plugins.list().some(entry => entry.class === 'com.example.MineSinkConnector'))
  t.equal(plugins.list().find(entry => entry.class === 'com.example.NoVersion')?.version, null)
})

t.test('ranges are Maven\'s', async t => {
  t.same(['1.0', '1.5', '2.0', '2.0-beta'].filter(version => isInRange(version, '[1.0,2.0)')), ['1.0', '1.5', '2.0-beta'])
  t.same(['1.0', '1.5'].filter(version => isInRange(version, '1.5')), ['1.5'])
  t.ok(isInRange('9', 'latest'))
})
