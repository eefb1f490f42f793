import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startAws, startKafka } from '@tributary/testing'

// Starts what the tests need, checks types and lint, runs the tests, and ends with one line of counts that CI reads.

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const counts = { passed: 0, failed: 0 }
await using cleanUp = new AsyncDisposableStack()

async function run (command: string, args: readonly string[], env: NodeJS.ProcessEnv, onLine: (line: string) => void): Promise<number> {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) onLine(line)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? 1
}

async function check (what: string, command: string, args: readonly string[]): Promise<void> {
  const lines: string[] = []
  const code = await run(command, args, process.env, line => { lines.push(line) })
  counts[code === 0 ? 'passed' : 'failed'] += 1
  console.log(`${code === 0 ? 'ok' : 'not ok'} - ${what}`)
  if (code !== 0) console.log(lines.join('\n'))
}

async function servers (): Promise<NodeJS.ProcessEnv> {
  await mkdir(join(root, '.tributary/run'), { recursive: true })
  const folder = await mkdtemp(join(root, '.tributary/run/test-'))
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  const { TRIBUTARY_KAFKA: kafka, TRIBUTARY_AWS: aws } = process.env
  const [bootstrap, endpoint] = await Promise.all([
    kafka ?? startKafka({ folder: join(folder, 'kafka') }).then(started => { cleanUp.defer(() => started.stop()); return started.bootstrap }),
    aws ?? startAws({ folder: join(folder, 'aws') }).then(started => { cleanUp.defer(() => started.stop()); return started.endpoint })
  ])
  return { ...process.env, TRIBUTARY_KAFKA: bootstrap, TRIBUTARY_AWS: endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_REGION: 'us-east-1' }
}

async function tests (files: readonly string[]): Promise<void> {
  const env = await servers()
  // The tests of examples/plugin are its own, on node:test; test/plugin runs them.
  const all = files.length > 0 ? files : ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/!(plugin)/test/**/*.test.ts']
  let counted = false
  const code = await run(bin('tap'), ['run', '--reporter=tap', '--jobs=2', ...all], env, line => {
    // Only the indented lines are single tests; a line at the margin closes a file.
    const file = /^(ok|not ok) \d+ - (.*?)( #.*)?( \{)?$/.exec(line)
    if (file) {
      counted = true
      console.log(`${file[1]} - ${file[2]}${file[3] ?? ''}`)
      if (file[1] === 'not ok') counts.failed += 1
      return
    }
    const test = /^ {4}(ok|not ok) \d+ - /.exec(line)
    if (test?.[1] === 'ok') counts.passed += 1
    else if (test) counts.failed += 1
    if (/^\s+not ok /.test(line)) console.log(line)
    if (/^\s+(#|---|\.\.\.|ok |\{|\}|1\.\.)/.test(line) || line.trim() === '') return
    if (/^ {4,}/.test(line) && !/^\s+not ok /.test(line)) console.log(line)
  })
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  if (!counted) counts.failed += 1
}

await check('types', bin('tsc'), ['-p', '.'])
await check('lint', bin('oxlint'), ['--type-aware', '--quiet'])
await check('format', process.execPath, ['scripts/format.mjs', '--check'])
await tests(process.argv.slice(2))
await cleanUp.disposeAsync()
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
