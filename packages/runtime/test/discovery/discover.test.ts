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
    await writeFile(join(path, 'dist', 'sink.js'), `export const mine = { kind: ${version === '3.0.0' ? '\'source\'' : '\'sink\''}, summary: '${version}', config: { keys: {} } }`)
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

t.test('a plugin that is not what its manifest says is named', async t => {
  const plugins = discoverPlugins({ pluginPath: [await pluginFolder(t, ['3.0.0'])], workerFile: null })
  await t.rejects(plugins.find('sink', 'mine'), { kind: 'config', message: /^Cannot load the plugin com\.example\.MineSinkConnector of package mine: the export "mine" of .* is no sink\.$/ })
})

t.test('ranges are Maven\'s', async t => {
  t.same(['1.0', '1.5', '2.0', '2.0-beta'].filter(version => isInRange(version, '[1.0,2.0)')), ['1.0', '1.5', '2.0-beta'])
  t.same(['1.0', '1.5'].filter(version => isInRange(version, '1.5')), ['1.5'])
  t.ok(isInRange('9', 'latest'))
})
