import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { benchConnect, type Result } from './connect.ts'

const help = `npm run bench -- [start] [source] [strings] [flatten] [flatten2] [--records N] [--rounds N] [--json FILE]

Runs Java's Kafka Connect and Tributary in turn on the same Kafka and prints both with their ratios. Default: all cases, 1,000,000 records, 1 round.
Needs Java's jars: npm run setup -- java-connect`

const { values, positionals } = parseArgs({ allowPositionals: true, options: { records: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '1' }, json: { type: 'string' }, help: { type: 'boolean' } } })
if (values.help) {
  console.log(help)
  process.exit(0)
}

type Figure = Exclude<keyof Result, 'case' | 'contestant'>

const figures: readonly { key: Figure, title: string, more: boolean }[] = [
  { key: 'startMs', title: 'start to REST, ms', more: false },
  { key: 'startCpuSeconds', title: 'CPU until then, s', more: false },
  { key: 'idleMb', title: 'idle memory, MB', more: false },
  { key: 'recordsPerSecond', title: 'records/s', more: true },
  { key: 'cpuSecondsPerMillion', title: 'CPU s a million', more: false },
  { key: 'peakMb', title: 'peak memory, MB', more: false }
]

function median (numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const results = await benchConnect({
  records: Number(values.records),
  rounds: Number(values.rounds),
  only: positionals,
  onResult: result => { console.error(JSON.stringify(result)) }
})

const rows: { case: string, figure: string, java: number, tributary: number, ratio: number }[] = []
for (const name of new Set(results.map(result => result.case))) {
  for (const { key, title, more } of figures) {
    const of = (contestant: string): number[] => results.filter(result => result.case === name && result.contestant === contestant).map(result => result[key]).filter(value => value !== undefined)
    const [java, tributary] = [median(of('java')), median(of('tributary'))]
    if (Number.isNaN(java) || Number.isNaN(tributary)) continue
    rows.push({ case: name, figure: title, java: Math.round(java * 100) / 100, tributary: Math.round(tributary * 100) / 100, ratio: Math.round((more ? tributary / java : java / tributary) * 10) / 10 })
  }
}
console.table(rows)
console.log('ratio: how many times better Tributary is; medians over the rounds.')
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ results, rows }, null, 2)}\n`)
process.exit(0)
