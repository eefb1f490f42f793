import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const program = fileURLToPath(new URL('../run.ts', import.meta.url))

// The workers listen where their files say, so these runs come one after the other, each on a Kafka and a local AWS of its own.
async function run (...args: string[]): Promise<{ code: number | null, output: string }> { return await runUntil(() => false, ...args) }

/** The same, with a Ctrl-C when the output is as wanted. */
async function runUntil (isEnough: (output: string) => boolean, ...args: string[]): Promise<{ code: number | null, output: string }> {
  const { TRIBUTARY_KAFKA: _kafka, TRIBUTARY_AWS: _aws, ...env } = process.env
  const child = spawn(process.execPath, ['--conditions=@tributary/source', program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => {
    const before = isEnough(output)
    output += text
    if (!before && isEnough(output)) child.kill('SIGINT')
  })
  const [code] = await once(child, 'exit') as [number | null]
  return { code, output }
}

/** The counts of the proof: records of Kafka, of Kinesis, in S3 and in the raw copy, and whether any are repeated. */
function counts (output: string): { records: number, isRepeated: boolean }[] {
  return [...output.matchAll(/^ {2}(?:Kafka topic|Kinesis stream|S3) .*? {2,}([\d,]+)( {3}\(.*repeated\))?$/gm)].map(([, records, repeated]) => ({ records: Number(records?.replaceAll(',', '')), isRepeated: repeated !== undefined }))
}

t.test('every order of a run is in Kafka, in Kinesis and in S3, exactly once', { timeout: 240_000 }, async t => {
  const { code, output } = await run('--orders', '20000')
  if (code !== 0) t.comment(output)
  t.equal(code, 0, 'it says that all is proved')
  t.same(counts(output), Array.from({ length: 4 }, () => ({ records: 20_000, isRepeated: false })))
})

t.test('kill -9 of the S3 worker loses nothing and repeats nothing', { timeout: 240_000 }, async t => {
  const { code, output } = await run('--orders', '30000', '--rate', '6000', '--kill', 's3')
  if (code !== 0) t.comment(output)
  t.equal(code, 0, 'it says that all is proved')
  t.match(output, /kill -9 of the s3 worker/)
  t.same(counts(output), Array.from({ length: 4 }, () => ({ records: 30_000, isRepeated: false })))
})

for (const step of ['kinesis', 'datagen']) {
  t.test(`kill -9 of the ${step} worker loses nothing; what it repeats is in all steps after it`, { timeout: 240_000 }, async t => {
    const { code, output } = await run('--orders', '30000', '--rate', '6000', '--kill', step)
    if (code !== 0) t.comment(output)
    t.equal(code, 0, 'it says that all is proved')
    t.match(output, new RegExp(`kill -9 of the ${step} worker`))
    const [kafka, kinesis, s3, raw] = counts(output)
    t.ok((kafka?.records ?? 0) >= 30_000 && (kinesis?.records ?? 0) >= (kafka?.records ?? 0), JSON.stringify(counts(output)))
    t.same([s3?.records, raw?.records], [kinesis?.records, kinesis?.records])
  })
}

t.test('Ctrl-C ends a run without end, with the proof', { timeout: 240_000 }, async t => {
  const { code, output } = await runUntil(text => /S3 [1-9]/.test(text))
  if (code !== 0) t.comment(output)
  t.equal(code, 0, 'it says that all is proved')
  t.match(output, /Stopping the generator/)
  t.equal(new Set(counts(output).map(({ records }) => records)).size, 1)
})

t.test('a wrong option is told with what is allowed', async t => {
  const wrong = await run('--orders', 'many')
  t.equal(wrong.code, 2)
  t.match(wrong.output, /--orders must be a whole number from 1, not "many"/)
})
