import t from 'tap'
import type { RawConfig } from '@tributary/plugin'
import { connectorWarnings } from '../../src/config/connector-warnings.ts'
import { findConnector, isPlugin } from '../../src/config/plugins.ts'
import { parseProperties } from '../../src/config/properties.ts'
import { validateConnectorConfig } from '../../src/config/validate.ts'
import { workerConfigOf } from '../../src/config/worker-config.ts'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { blocksOf, pages, readPage, root } from './pages.ts'

const plugins = discoverPlugins({ pluginPath: [`${root}examples/plugin`], workerFile: null })
const string = 'org.apache.kafka.connect.storage.StringConverter'
const workerBase = { 'bootstrap.servers': 'localhost:9092', 'key.converter': string, 'value.converter': string, 'offset.storage.file.filename': '/tmp/offsets' }
const worker = await workerConfigOf('standalone', workerBase)

/** What only the machine of the reader has, such as files. */
const isOfTheMachine = (message: string): boolean => message.includes('Unable to find the schema file') || message.includes('There is no folder')

/** What is wrong with a configuration of a page; parts that a page leaves out are put in. */
async function problemsOf (given: RawConfig): Promise<string[]> {
  const className = given['connector.class']
  const isWorker = className === undefined && Object.keys(given).some(key => key === 'bootstrap.servers' || key === 'plugin.path')
  if (isWorker) {
    const { warnings } = await workerConfigOf('standalone', { ...workerBase, ...given }, { classExists: name => isPlugin(plugins, name) })
    return [...warnings]
  }
  const base = { name: 'a', 'connector.class': 'FileStreamSink' }
  const isSink = await findConnector(plugins, className ?? 'FileStreamSink') ?? null
  const reads = isSink?.entry.type === 'sink' && given['topics'] === undefined && given['feed.class'] === undefined ? { topics: 'a' } : {}
  const raw = { ...base, ...reads, ...given }
  const { configs } = await validateConnectorConfig(raw, { plugins, worker })
  return [...configs.flatMap(({ value }) => value?.errors ?? []).filter(message => !isOfTheMachine(message)), ...await connectorWarnings(raw, plugins)]
}

const isProperties = (block: string): boolean => block.split('\n').every(line => line === '' || /^(#|[a-z][\w.$]*=)/.test(line)) && block.includes('=')

for (const page of pages) {
  const text = await readPage(page)
  const blocks = [...blocksOf(text, 'properties'), ...blocksOf(text, '').filter(isProperties)]
  if (blocks.length === 0) continue
  t.test(`the configurations in ${page} are valid, and something reads each key`, async t => {
    for (const block of blocks) t.same(await problemsOf(Object.fromEntries(parseProperties(block))), [], block)
  })
}
