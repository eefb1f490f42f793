import { createInterface } from 'node:readline'
import type { Kinds, OracleCase } from './cases.ts'
import { kinds as config } from './config.ts'
import { kinds as converters } from './converters.ts'
import { kinds as partitioners } from './partitioners.ts'
import { kinds as transforms } from './transforms.ts'
import { writeError } from './value.ts'

const kinds: Kinds = { ...config, ...converters, ...transforms, ...partitioners }

async function answer (given: OracleCase): Promise<unknown> {
  const run = kinds[given.kind]
  if (run === undefined) return writeError('kind', new Error(`No answer for cases of kind ${given.kind}`))
  try {
    return await run(given)
  } catch (error) {
    process.stderr.write(`${given.id}: ${error instanceof Error ? error.stack : String(error)}\n`)
    return writeError('adapter', error)
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() === '') continue
  const given = JSON.parse(line) as OracleCase
  process.stdout.write(`${JSON.stringify({ id: given.id, actual: await answer(given) })}\n`)
}
