import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { withNamedFiles } from '../../src/config/named-files.ts'
import { discoverPlugins } from '../../src/discovery/discover.ts'

const plugins = discoverPlugins({ pluginPath: [], workerFile: null })
const datagen = { 'connector.class': 'DatagenConnector' }

t.test('a file beside the connector\'s own file is found, when it is not in the working directory', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'named-files-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'mine.avsc'), '{}')
  await writeFile(join(folder, 'package.json'), '{}')
  const found = async (config: Record<string, string>): Promise<unknown> => await withNamedFiles(config, join(folder, 'orders.properties'), plugins)
  t.same(await found({ ...datagen, 'schema.filename': 'mine.avsc' }), { ...datagen, 'schema.filename': join(folder, 'mine.avsc') })
  for (const name of ['package.json', 'nowhere.avsc', '/mine.avsc', '']) t.same(await found({ ...datagen, 'schema.filename': name }), { ...datagen, 'schema.filename': name }, name)
  t.same(await found({ ...datagen, quickstart: 'mine.avsc' }), { ...datagen, quickstart: 'mine.avsc' }, 'a key that names no file')
  t.same(await found({ 'connector.class': 'NoSuch', 'schema.filename': 'mine.avsc' }), { 'connector.class': 'NoSuch', 'schema.filename': 'mine.avsc' })
})
