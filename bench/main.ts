import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { benchConnect, type Result } from './connect.ts'
import { benchConverters, type ConverterResult } from './converters.ts'
import { benchS3, type S3Result } from './s3.ts'

const help = `npm run bench -- [start] [source] [strings] [flatten] [flatten2] [--records N] [--rounds N] [--json FILE]

Runs Java's Kafka Connect and Tributary in turn on the same Kafka and prints both with their ratios. Default: all these cases, 1,000,000 records, 1 round.

npm run bench -- s3 [bytes] [jsonl] [avro] [parquet] [--records N] [--rounds N] [--json FILE]

Runs the S3 sink into a local S3, each format with each codec, and plain PutObject of the same objects beside it.

npm run bench -- converters [--seconds N] [--json FILE]

Converters with and without Flatten on one core, beside a bare loop that does just that by hand; each for a second, or N.`

const { values, positionals } = parseArgs({ allowPositionals: true, options: { records: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '1' }, seconds: { type: 'string', default: '1' }, json: { type: 'string' }, help: { type: 'boolean' } } })
if (values.help) {
  console.log(help)
  process.exit(0)
}
const options = { records: Number(values.records), rounds: Number(values.rounds), onResult: (result: object) => { console.error(JSON.stringify(result)) } }

type Figure = Exclude<keyof Result, 'case' | 'contestant'>

const figures: readonly { key: Figure, title: string, more: boolean }[] = [
  { key: 'startMs', title: 'start to REST, ms', more: false },
  { key: 'startCpuSeconds', title: 'CPU until then, s', more: false },
  { key: 'idleMb', title: 'idle memory, MB', more: false },
  { key: 'recordsPerSecond', title: 'records/s', more: true },
  { key: 'cpuSecondsPerMillion', title: 'CPU s a million', more: false },
  { key: 'peakMb', title: 'peak memory, MB', more: false }
]

const s3Figures: Readonly<Record<Exclude<keyof S3Result, 'case'>, string>> = {
  recordsPerSecond: 'records/s',
  recordMbPerSecond: 'MB/s of records',
  cpuSecondsPerMillion: 'CPU s a million',
  objects: 'objects',
  storedMb: 'MB stored',
  storedMbPerSecond: 'MB/s stored',
  putMbPerSecond: 'MB/s by PutObject',
  shareOfPut: 'share of PutObject'
}

function median (numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const rounded = (value: number): number => value >= 1000 ? Math.round(value) : Math.round(value * 100) / 100

async function connectCases (only: readonly string[]): Promise<{ results: readonly Result[], rows: readonly object[] }> {
  const results = await benchConnect({ ...options, only })
  const rows: object[] = []
  for (const name of new Set(results.map(result => result.case))) {
    for (const { key, title, more } of figures) {
      const of = (contestant: string): number[] => results.filter(result => result.case === name && result.contestant === contestant).map(result => result[key]).filter(value => value !== undefined)
      const [java, tributary] = [median(of('java')), median(of('tributary'))]
      if (Number.isNaN(java) || Number.isNaN(tributary)) continue
      rows.push({ case: name, figure: title, java: rounded(java), tributary: rounded(tributary), ratio: Math.round((more ? tributary / java : java / tributary) * 10) / 10 })
    }
  }
  console.table(rows)
  console.log('ratio: how many times better Tributary is; medians over the rounds.')
  return { results, rows }
}

async function s3Cases (only: readonly string[]): Promise<{ results: readonly S3Result[], rows: readonly object[] }> {
  const results = await benchS3({ ...options, only })
  const keys = Object.keys(s3Figures) as (keyof typeof s3Figures)[]
  const rows = [...Map.groupBy(results, result => result.case)].map(([name, group]) =>
    ({ case: name, ...Object.fromEntries(keys.map(key => [s3Figures[key], rounded(median(group.map(result => result[key])))])) }))
  console.table(rows)
  console.log('MB/s of records: as JSON lines, before format and codec. share of PutObject: the time of plain PutObject of the same objects, divided by the time of the sink; medians over the rounds.')
  return { results, rows }
}

async function converterCases (): Promise<{ results: readonly ConverterResult[], rows: readonly object[] }> {
  const results = await benchConverters(Number(values.seconds))
  const rows = results.map(({ case: name, recordsPerSecond, bareLoopPerSecond }) => (
    { case: name, 'records/s': Math.round(recordsPerSecond), 'bare loop': Math.round(bareLoopPerSecond), share: rounded(recordsPerSecond / bareLoopPerSecond) }
  ))
  console.table(rows)
  console.log('One core, orders of 144 bytes. share: of what a bare loop does by hand, such as JSON.parse, flatten, JSON.stringify. The bare loop loses the digits of integers past 2^53.')
  return { results, rows }
}

async function run ([first, ...rest]: readonly string[]): Promise<object> {
  if (first === 's3') return await s3Cases(rest)
  return first === 'converters' ? await converterCases() : await connectCases(positionals)
}

const outcome = await run(positionals)
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(outcome, null, 2)}\n`)
process.exit(0)
