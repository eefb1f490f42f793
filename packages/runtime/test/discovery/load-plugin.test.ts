import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Decimal } from '@tributary/plugin'
import t, { type Test } from 'tap'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import type { PluginCatalog } from '../../src/discovery/plugin-catalog.ts'

/** A package whose sink is `target`, with these files. */
async function catalog (t: Test, target: string, files: Readonly<Record<string, string>>): Promise<PluginCatalog> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-mistakes-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const all = { 'package.json': JSON.stringify({ name: 'mine', version: '1.0.0', type: 'module', connect: { sinks: { 'com.example.MineSinkConnector': target } } }), ...files }
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return discoverPlugins({ pluginPath: [folder], workerFile: null })
}

interface Mistake { readonly target?: string, readonly files: Readonly<Record<string, string>>, readonly sentence: RegExp }

const sink = (parts: string): string => `export const mine = { kind: 'sink', summary: 'Mine.', guarantee: 'at-least-once', config: { keys: {} }, start () {}, ${parts} }`

const mistakes: Readonly<Record<string, Mistake>> = {
  'a file that is not there': {
    files: {}, sentence: /there is no file \S+dist\/sink\.js\. Build the package \("npm run build" in \S+\), or correct "connect\.sinks" in \S+package\.json\.$/
  },
  'an export that is not there': {
    files: { 'dist/sink.js': 'export const yours = 1; export default 2' },
    sentence: /\S+dist\/sink\.js has no export "mine"; it has default, yours\. Correct "connect\.sinks" in \S+package\.json, or export it\.$/
  },
  'an export that is no definition': {
    files: { 'dist/sink.js': 'export class mine {}' }, sentence: /the export "mine" of \S+dist\/sink\.js is no sink\. Make it with defineSink of @tributary\/plugin\.$/
  },
  'a definition of another kind': {
    files: { 'dist/sink.js': 'export const mine = { kind: \'source\' }' },
    sentence: /the export "mine" of \S+ is no sink but a source\. List it where it belongs in \S+package\.json, not under "connect\.sinks"\.$/
  },
  'a definition without its parts': {
    files: { 'dist/sink.js': 'export const mine = { kind: \'sink\' }' },
    sentence: /is not complete: it has no "summary", .*; it has no function "start"; its "guarantee" is neither .*; its "config" is not made by t\.object\(\{ \.\.\. \}\)\.$/
  },
  'keys that are declared wrongly': {
    files: { 'dist/sink.js': sink('config: { keys: { a: \'string\', b: { type: \'INT\' }, c: { type: \'INT\', description: \'C\', default: \'5\' } } }') },
    sentence: /is not complete: the key "a" of its config is not made by one of the functions of "t".*; the key "b" of its config has no description; the default of the key "c" of its config is not an integer\.$/
  },
  'a mistake of syntax': {
    files: { 'dist/sink.js': 'export const mine = {,}' }, sentence: /\S+dist\/sink\.js has a mistake of syntax: Unexpected token ','\. "node \S+dist\/sink\.js" shows the place\.$/
  },
  'an import of a name that is not exported': {
    files: { 'dist/sink.js': '\nimport { sinc } from \'@tributary/plugin\'' }, sentence: /\S+dist\/sink\.js:2 has a mistake of syntax: The requested module '@tributary\/plugin' does not provide an export named 'sinc'\./
  },
  'a package that is not installed': {
    files: { 'dist/sink.js': 'import \'no-such-package\'' },
    sentence: /Cannot find package 'no-such-package' imported from \S+dist\/sink\.js\. Run "npm install" in \S+, and list the package under "dependencies" in \S+package\.json\.$/
  },
  'an import without the ending of the file': {
    files: { 'dist/sink.js': 'import \'./lines\'' }, sentence: /Cannot find module '\S+dist\/lines' imported from \S+dist\/sink\.js\. Relative imports name the file with its ending, such as "\.\/lines\.js"\.$/
  },
  'a module that throws': {
    files: { 'dist/sink.js': '\nnull.x' }, sentence: /\S+dist\/sink\.js:2 throws TypeError when it is imported: Cannot read properties of null \(reading 'x'\)\.$/
  },
  'TypeScript that has to be compiled': {
    files: { 'src/sink.ts': 'export enum mine { a }' }, sentence: /\S+src\/sink\.ts: TypeScript enum is not supported in strip-only mode\. .* set "erasableSyntaxOnly" in tsconfig\.json, or build the package\.$/
  },
  'TypeScript in an installed package': {
    target: './sink.ts#mine', files: { 'node_modules/x/sink.ts': '', 'sink.ts': 'import \'./node_modules/x/sink.ts\'' },
    sentence: /\S+sink\.ts is TypeScript, which Node does not run below node_modules\. Build the package and list its JavaScript in \S+package\.json\.$/
  }
}

for (const [what, { target = 'sink#mine', files, sentence }] of Object.entries(mistakes)) {
  t.test(`${what}: a sentence says which file it is and what to do`, async t => {
    const plugins = await catalog(t, target, files)
    await t.rejects(plugins.find('sink', 'MineSink'), { kind: 'config', code: 'PLUGIN_BROKEN', message: /^Cannot load the plugin com\.example\.MineSinkConnector of package mine: [^\n]*$/ })
    await t.rejects(plugins.find('sink', 'MineSink'), { message: sentence })
  })
}

t.test('a plugin gets the worker\'s @tributary/plugin, not its own copy', async t => {
  const plugins = await catalog(t, 'sink#mine', {
    'node_modules/@tributary/plugin/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/@tributary/plugin/index.js': 'export class Decimal {}',
    'dist/sink.js': `import { Decimal } from '@tributary/plugin'\n${sink('sample: Decimal')}`
  })
  t.equal((await plugins.find('sink', 'MineSink') as unknown as { definition: { sample: unknown } }).definition.sample, Decimal)
})
