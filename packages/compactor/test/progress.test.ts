import { PassThrough } from 'node:stream'
import t from 'tap'
import { compact } from '../src/compact.ts'
import { parseCompact } from '../src/compact-options.ts'
import { distCp, parseDistCp } from '../src/dist-cp.ts'
import type { Plan, PlannedOutput } from '../src/plan.ts'
import { terminalProgress } from '../src/progress.ts'
import type { Progress } from '../src/run-plan.ts'
import { S3 } from '../src/s3.ts'
import { Bucket } from './bucket.ts'

function output (...sizes: readonly number[]): PlannedOutput {
  const inputs = sizes.map((size, i) => ({ bucket: 'b', key: `in/${i}`, size: size * 1024 * 1024, etag: 'e' }))
  return { bucket: 'b', key: 'out', id: 'x', inputs, rule: { codec: null, verbatim: false }, replaces: null }
}

function plan (state: Plan['state'], ...outputs: readonly PlannedOutput[]): Plan {
  return { version: 1, run: 'r', state, outputs, deleteInputs: true, store: { encrypted: false, partSize: 1, multipart: true }, manifest: null }
}

/** What a terminal shows after each change. */
function shown (isTTY: boolean, work: (progress: ReturnType<typeof terminalProgress>) => void): string[] {
  const stream = new PassThrough({ encoding: 'utf8' })
  work(terminalProgress(Object.assign(stream, { isTTY })))
  return String(stream.read() ?? '').split('\r\u001B[K').slice(1)
}

t.test('a terminal shows what is planned from the start, and what is done of it', async t => {
  const outputs = [output(1, 2), output(3)]
  t.same(shown(true, progress => {
    progress.planned(plan('planned', ...outputs))
    progress.output(outputs[0]!, 'written')
    // The next partition.
    progress.planned(plan('planned', output(4)))
    // Its outputs are there: nothing of it is to come.
    progress.planned(plan('copied', output(5)))
    progress.deleted(outputs[0]!.inputs[0]!)
    progress.end()
  }), ['0 of 2 outputs (0.0 of 6.0 MiB)', '1 of 2 outputs (3.0 of 6.0 MiB)', '1 of 2 outputs (3.0 of 7.0 MiB)', '1 of 2 outputs (3.0 of 7.0 MiB), 1 originals deleted\n'])
  t.same(shown(false, progress => { progress.planned(plan('planned', ...outputs)) }), [], 'nobody looks')
})

t.test('both modes tell what they have planned before they do it', async t => {
  const bucket = await Bucket.create(t)
  for (const i of [1, 2, 3]) await bucket.put(`in/part-${i}.json`, `{"n":${i}}\n`)
  const s3 = new S3({ endpoint: bucket.endpoint, region: 'us-east-1' })
  t.teardown(() => { s3.close() })
  const told: string[] = []
  const progress: Progress = {
    planned ({ outputs }) { told.push(`${outputs.length} planned`) },
    output () { told.push('output') },
    deleted () { told.push('deleted') },
    changed () { told.push('changed') }
  }
  const voice = { say: () => {}, progress }
  await distCp(s3, parseDistCp([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`]), voice)
  t.same(told.splice(0), ['3 planned', 'output', 'output', 'output'])
  await compact(s3, parseCompact([`--location=${bucket.url('out/')}`, '--quietMinutes=0']), voice)
  t.same(told, ['1 planned', 'output', 'deleted', 'deleted', 'deleted'])
})
