import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { parquetMetadata } from 'hyparquet'
import { usageOf } from '../../../bench/process-usage.ts'
import type { Bucket } from './bucket.ts'

const program = fileURLToPath(new URL('../../../bin/s3-compact', import.meta.url))

/** How a compaction of many small files went. */
export interface LoadResult {
  readonly code: number | null
  readonly out: string
  readonly inputs: number
  /** Megabytes of the small files as they were stored, and of their lines. */
  readonly storedMb: number
  readonly textMb: number
  readonly lines: number
  readonly linesAfter: number
  readonly outputs: number
  readonly seconds: number
  /** Resident memory of the program at its peak. */
  readonly peakMb: number
}

function line (n: number): string {
  const spread = Math.imul(n ^ n >>> 15, 0x2c1b3c6d) >>> 0
  return `{"orderid":${n},"ordertime":${1573573055 + n},"itemid":"Item_${spread % 1000}","orderunits":${spread % 10}.5,"city":"City_${(spread >>> 4) % 90}","note":"${spread.toString(36).repeat(4)}"}\n`
}

/** Fills partitions of a table with files of `fileKb` of lines, `megabytes` together. */
async function fill (bucket: Bucket, { megabytes, fileKb, gzip, partitions }: { megabytes: number, fileKb: number, gzip: boolean, partitions: number }): Promise<{ inputs: number, storedMb: number, textMb: number, lines: number }> {
  let [inputs, stored, text, lines] = [0, 0, 0, 0]
  let under: Promise<void>[] = []
  while (text < megabytes * 1e6) {
    let content = ''
    while (content.length < fileKb * 1000) content += line(lines++)
    const body = gzip ? gzipSync(content, { level: 1 }) : Buffer.from(content)
    under.push(bucket.put(`t/ot=${inputs % partitions}/f+0+${String(inputs).padStart(10, '0')}.json${gzip ? '.gz' : ''}`, body))
    text += content.length
    stored += body.length
    inputs++
    if (under.length < 8) continue
    await Promise.all(under)
    under = []
  }
  await Promise.all(under)
  return { inputs, storedMb: stored / 1e6, textMb: text / 1e6, lines }
}

async function linesOf (bucket: Bucket, key: string): Promise<number> {
  const body = await bucket.get(key)
  if (key.endsWith('.parquet')) return Number(parquetMetadata(body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer).num_rows)
  const text = key.endsWith('.gz') ? gunzipSync(body) : body
  let lines = 0
  for (let at = text.indexOf(10); at !== -1; at = text.indexOf(10, at + 1)) lines++
  return lines
}

/** Compacts a table of small files, or joins it as s3-dist-cp does where there is `--groupBy`, in a process of its own and measures it. */
export async function compactLoad (bucket: Bucket, load: { megabytes: number, fileKb: number, gzip: boolean, partitions: number }, args: readonly string[]): Promise<LoadResult> {
  const filled = await fill(bucket, load)
  const table = bucket.url('t/')
  const mode = args.some(arg => arg.startsWith('--groupBy')) ? [`--src=${table}`, `--dest=${table}`, '--deleteOnSuccess'] : ['compact', `--table=${table}`, '--quietMinutes=0']
  const start = performance.now()
  const child = spawn(program, [...mode, `--s3Endpoint=${bucket.endpoint}`, ...args], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_REGION: 'us-east-1' }
  })
  let out = ''
  child.stdout.on('data', chunk => { out += String(chunk) })
  child.stderr.on('data', chunk => { out += String(chunk) })
  let peakMb = 0
  const look = setInterval(() => { peakMb = Math.max(peakMb, usageOf(child.pid!)?.peakMb ?? 0) }, 20)
  const code = await new Promise<number | null>(resolve => { child.once('close', resolve) })
  clearInterval(look)
  const seconds = (performance.now() - start) / 1000
  const keys = (await bucket.keys('t/')).filter(key => !key.includes('/_'))
  let linesAfter = 0
  for (const key of keys) linesAfter += await linesOf(bucket, key)
  return { ...filled, code, out, linesAfter, outputs: keys.length, seconds, peakMb }
}
