import { ConnectError, type Schema } from '@tributary/plugin'
import { inputChanged, inputsOf, SinkMetadata } from './inputs.ts'
import { inputsMark } from './inputs-mark.ts'
import { contentCodec, join, tallyOf, type Tally } from './join.ts'
import { writeManifest } from './manifest.ts'
import { schemaOfDeclared } from './declared-schema.ts'
import { inferredSchema } from './json-rows.ts'
import { parquetBytes, parquetTally, requireSortable, rowsTally, type ParquetForm } from './parquet.ts'
import { advancePlan, forgetPlan, sizeOf, startPlan, type Plan, type PlannedInput, type PlannedOutput } from './plan.ts'
import { notPublished, publish } from './publish.ts'
import { conditionFailed, notFound, refused, type S3 } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'

const idName = 'tributary-compact-id'
/** Which inputs of an output stayed: while they are there it may be made anew and written over. */
export const keptName = 'tributary-compact-kept'
/** Errors that a further run would meet again. */
const hopeless = new Set(['COMPACT_UNREADABLE', 'COMPACT_INPUT_GONE', 'COMPACT_OUTPUT_TAKEN', 'CODEC', 'COMPACT_RECORDS'])
/** Errors after which nothing of a plan is to stay: its inputs are not what they seem, or an output is not. */
const spoiling = new Set(['COMPACT_RECORDS', 'COMPACT_VERIFY'])
/** Outputs made at a time. One of Parquet keeps a core busy, while its inputs are read ahead, and holds a row group as values. */
const parallel = { bytes: 4, parquet: 1 } as const
const tries = 5

/** Told as the work goes on. */
export interface Progress {
  /** This is what is left to do. */
  planned (plan: Plan): void
  output (output: PlannedOutput, how: 'written' | 'found'): void
  deleted (input: S3Url): void
  /** It is not what was copied any more, and stays. */
  changed (input: S3Url): void
}

/** Whether the object at an output's place is that output. */
export function isOutput (metadata: Readonly<Record<string, string>> | undefined, id: string): boolean {
  return metadata?.[idName] === id
}

/**
 * Does what is left of a plan, and forgets it. Every step may be repeated, by this process or by another at the same time. False: the inputs
 * stay for now, since readers may still be at them; a later run deletes them.
 */
export async function runPlan (s3: S3, place: S3Url, plan: Plan, progress: Progress): Promise<boolean> {
  progress.planned(plan)
  try {
    return await carryOut(s3, place, plan, progress)
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== refused) throw error
    throw new ConnectError(refused, error.kind, `${error.message} Later runs try the same again. If that is in vain, delete ${urlText(place)}: the next run then plans anew.`, { cause: error })
  }
}

async function carryOut (s3: S3, place: S3Url, plan: Plan, progress: Progress): Promise<boolean> {
  let current: Plan | null = plan
  const failures: ConnectError[] = []
  while (current?.state === 'planned') {
    const next: Plan | null = await advancePlan(s3, place, current, await copyAll(s3, current, progress, failures))
    if (next === null) await withdraw(s3, place, current)
    current = next
  }
  if (current === null) return true
  if (current.state === 'abandoned') {
    await undo(s3, current)
    await abortUploads(s3, current)
    await forgetPlan(s3, place, current)
    throw failures[0] ?? givenUp()
  }
  const rest = await finish(s3, place, current, progress)
  if (failures[0] !== undefined) throw failures[0]
  return rest
}

function givenUp (): ConnectError {
  return new ConnectError('COMPACT_ABANDONED', 'system', 'The plan could not be carried out and was given up; nothing was deleted. Run again.')
}

/** What all outputs of a plan are made with. `told` null: nothing is compared with it. */
interface Run { readonly s3: S3, readonly plan: Plan, readonly told: SinkMetadata | null }

/** Makes all outputs; returns the plan for what comes then. What can never be made is left out, and its error added to `failures`. */
async function copyAll (s3: S3, plan: Plan, progress: Progress, failures: ConnectError[]): Promise<Plan> {
  const failed = new Map<PlannedOutput, ConnectError>()
  const told = plan.checksMetadata === true ? new SinkMetadata() : null
  await inParallel(plan.outputs, async output => {
    try {
      progress.output(output, await makeOutput({ s3, plan, told }, output))
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      const isOver = hopeless.has(error.code) || (spoiling.has(error.code) && plan.outputs.every(({ replaces }) => replaces === null))
      if (!isOver) throw error
      failed.set(output, error)
    }
  })
  const overlap = told?.overlap() ?? null
  const errors = [...failed.values(), ...overlap === null ? [] : [overlap]]
  if (errors.length === 0) return { ...plan, state: 'copied' }
  failures.push(...errors)
  // What readers are shown must be whole.
  if (plan.publication !== undefined || overlap !== null || errors.some(({ code }) => spoiling.has(code))) return { ...plan, state: 'abandoned' }
  const parted = new Set([...failed.keys()].map(({ beside, id }) => beside ?? id))
  const dropped = plan.outputs.filter(({ beside, id }) => parted.has(beside ?? id))
  const left = new Set(dropped.flatMap(({ inputs }) => inputs.map(urlText)))
  const manifest = plan.manifest === null ? null : { ...plan.manifest, entries: plan.manifest.entries.filter(({ path }) => !left.has(path)) }
  return { ...plan, state: 'copied', outputs: plan.outputs.filter(output => !dropped.includes(output)), dropped, manifest }
}

/** Deletes what was written but is not to be shown, unless nothing else is left of its content. */
async function undo (s3: S3, plan: Plan): Promise<void> {
  for (const output of plan.outputs) if (await hasInputs(s3, output)) await removeOutput(s3, output)
}

async function removeOutput (s3: S3, output: PlannedOutput): Promise<void> {
  for (let attempt = 1; attempt <= tries && output.replaces === null; attempt++) {
    const found = await s3.head(output)
    if (found === null || !isOutput(found.metadata, output.id) || await s3.remove(output, found.etag)) return
  }
}

/** Whether the inputs of an output are still there: once it is done they are deleted one and all. */
async function hasInputs (s3: S3, { inputs: [first] }: PlannedOutput): Promise<boolean> {
  return first !== undefined && await s3.isStill(first, first.etag) === true
}

/**
 * A plan that is gone while outputs were made for it was done by another run, or given up. If given up, what was written since must not stay: it is
 * put back as given up, so that no other plan begins meanwhile.
 */
async function withdraw (s3: S3, place: S3Url, plan: Plan): Promise<void> {
  const [first] = plan.outputs
  if (!plan.deleteInputs || first === undefined || !await hasInputs(s3, first)) return
  const abandoned: Plan = { ...plan, state: 'abandoned' }
  if (!await startPlan(s3, place, abandoned)) return
  await undo(s3, abandoned)
  await forgetPlan(s3, place, abandoned)
}

/** Deletes the outputs of a plan that is given up, unless another run has come further with it. */
async function giveUp (s3: S3, place: S3Url, plan: Plan): Promise<void> {
  const abandoned: Plan = { ...plan, state: 'abandoned' }
  if ((await advancePlan(s3, place, plan, abandoned))?.state !== 'abandoned') return
  await undo(s3, abandoned)
  await forgetPlan(s3, place, abandoned)
}

/** From verified copies on. */
async function finish (s3: S3, place: S3Url, plan: Plan, progress: Progress): Promise<boolean> {
  let current = plan
  for (const output of current.dropped ?? []) await removeOutput(s3, output)
  if (current.manifest !== null && current.manifest.entries.length > 0) await s3.put(current.manifest.place, writeManifest(current.manifest.entries), { contentType: 'application/gzip' })
  if (current.publication !== undefined && current.published === undefined) {
    try {
      await publish(s3, current.publication, current.outputs, place)
    } catch (error) {
      if (error instanceof ConnectError && error.code === notPublished) await giveUp(s3, place, current)
      throw error
    }
    const next = await advancePlan(s3, place, current, { ...current, published: Date.now() })
    // Another run has done the rest of this plan.
    if (next === null || next.run !== plan.run) return true
    if (next.state === 'abandoned') throw givenUp()
    current = next
  }
  if (current.published !== undefined && Date.now() < current.published + (current.graceMs ?? 0)) return false
  if (current.deleteInputs) await deleteInputs(s3, place, current, progress)
  await abortUploads(s3, current)
  await forgetPlan(s3, place, current)
  return true
}

/** Outputs that are there are uploaded by nobody any more; a run that was killed may have left parts. */
async function abortUploads (s3: S3, { outputs, dropped = [], store }: Plan): Promise<void> {
  if (!store.multipart) return
  await inParallel([...outputs, ...dropped], async output => {
    const isSmall = output.rule.verbatim && sizeOf(output.inputs) <= partSizeFor(store.partSize, output.inputs)
    if (!isSmall) await s3.abortUploads(output)
  })
}

async function inParallel (outputs: readonly PlannedOutput[], work: (output: PlannedOutput) => Promise<void>): Promise<void> {
  const queue = outputs.values()
  const length = outputs.some(({ rule }) => rule.parquet === true) ? parallel.parquet : parallel.bytes
  await Promise.all(Array.from({ length }, async () => { for (const item of queue) await work(item) }))
}

/** What an output continues is its first input, is written over by it and cannot be read again. */
function isContinuation (output: PlannedOutput): boolean {
  return output.inputs.some(input => urlText(input) === urlText(output))
}

async function makeOutput (run: Run, output: PlannedOutput): Promise<'written' | 'found'> {
  const { s3, plan } = run
  let expected: Tally | null = null
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await s3.head(output)
      const isThere = isOutput(found?.metadata, output.id)
      if (!isThere) expected = await writeOutput(run, output)
      else if (plan.deleteInputs) expected ??= await inputTally(run, output)
      if (expected !== null) await verify(run, output, expected)
      return isThere ? 'found' : 'written'
    } catch (error) {
      if (await finishedByAnother(s3, output, error)) return 'found'
      if (attempt === tries || !(error instanceof ConnectError) || hopeless.has(error.code) || error.kind === 'config') throw error
    }
  }
}

/** An input may be gone, or the output be there, because another run of the same plan was faster. */
async function finishedByAnother (s3: S3, output: PlannedOutput, error: unknown): Promise<boolean> {
  if (!(error instanceof ConnectError) || ![notFound, inputChanged, conditionFailed].includes(error.code)) return false
  const found = await s3.head(output)
  const isThere = isOutput(found?.metadata, output.id)
  // What it continues is read as it was before.
  if (isThere && (error.code !== inputChanged || isContinuation(output))) return error.code === notFound
  if (error.code === notFound) throw new ConnectError('COMPACT_INPUT_GONE', 'system', `${error.message} It was there when the run was planned. Nothing of this output was deleted.`, { cause: error })
  if (error.code === inputChanged) throw new ConnectError('COMPACT_INPUT_GONE', 'system', `${error.message} Nothing of this output was deleted: run again.`, { cause: error })
  if (found !== null && found.etag !== output.replaces) {
    throw new ConnectError('COMPACT_OUTPUT_TAKEN', 'system', `${urlText(output)} was written by someone else meanwhile. Nothing of this output was deleted.`, { cause: error })
  }
  return false
}

async function writeOutput (run: Run, output: PlannedOutput): Promise<Tally> {
  const { s3, plan, told } = run
  const result: { tally?: Tally } = {}
  const done = (tally: Tally): void => { result.tally = tally }
  const inputs = inputsOf(s3, output.inputs, told)
  const bytes = output.rule.parquet === true
    ? parquetBytes(inputs, await formOf(run, output), done)
    : join(inputs, output.rule, done)
  await s3.upload(output, bytes, {
    ...plan.store,
    partSize: partSizeFor(plan.store.partSize, output.inputs),
    ...(output.storageClass === undefined ? {} : { storageClass: output.storageClass }),
    metadata: { [idName]: output.id, ...(plan.deleteInputs ? {} : { [keptName]: inputsMark(output.inputs) }) },
    ...(output.replaces === null ? { ifNew: true } : { ifMatch: output.replaces })
  })
  return result.tally!
}

/** Larger parts gain nothing and are all held in memory. */
const largestPart = 32 * 1024 * 1024

/** S3 takes 10,000 parts of an object; some are left for what an output has more than its inputs. */
export function partSizeFor (asked: number, inputs: readonly PlannedInput[]): number {
  return Math.max(Math.min(asked, largestPart), Math.ceil(sizeOf(inputs) / 9000))
}

const known = new WeakMap<PlannedOutput, Promise<Schema>>()

/** The columns of an output: declared, or found by reading its inputs, once. */
function columnsOf ({ s3, told }: Run, output: PlannedOutput): Promise<Schema> {
  const { rule: { schema: declared }, inputs } = output
  if (declared !== undefined) return Promise.resolve(schemaOfDeclared(declared))
  let columns = known.get(output)
  if (columns === undefined) {
    columns = inferredSchema(inputsOf(s3, inputs, told))
    known.set(output, columns)
    columns.catch(() => { known.delete(output) })
  }
  return columns
}

async function formOf (run: Run, output: PlannedOutput): Promise<ParquetForm> {
  const { sortBy, rowGroupSize } = output.rule
  const columns = await columnsOf(run, output)
  requireSortable(columns, sortBy)
  return { columns, sortBy, rowGroupSize }
}

/** Of what an output is made of, apart from what it continues. */
async function inputTally (run: Run, output: PlannedOutput): Promise<Tally> {
  const result: { tally?: Tally } = {}
  const inputs = inputsOf(run.s3, isContinuation(output) ? output.inputs.slice(1) : output.inputs, run.told)
  if (output.rule.parquet === true) return rowsTally(inputs, await formOf(run, output))
  const bytes = join(inputs, { ...output.rule, codec: output.rule.verbatim ? null : 'none' }, tally => { result.tally = tally })
  for await (const _chunk of bytes) { /* read for what it tallies */ }
  return result.tally!
}

/** Reads an output back and compares its content, or of a longer one that continues something its end, with that of its inputs. */
async function verify (run: Run, output: PlannedOutput, expected: Tally): Promise<void> {
  const codec = contentCodec(output.inputs, output.rule)
  let found = output.rule.parquet === true ? await readParquet(run, output) : await tallyOf(run.s3.read(output), codec)
  if (found.sha256 === expected.sha256) return
  if (isContinuation(output) && found.bytes > expected.bytes) found = await tallyOf(run.s3.read(output), codec, found.bytes - expected.bytes)
  if (found.sha256 === expected.sha256) return
  throw new ConnectError('COMPACT_VERIFY', 'system', `${urlText(output)} holds ${found.lines} lines and ${found.bytes} bytes, its inputs ${expected.lines} and ${expected.bytes}: the copy is not right, and nothing was deleted.`)
}

async function readParquet (run: Run, output: PlannedOutput): Promise<Tally> {
  const { s3 } = run
  const head = await s3.head(output)
  const form = await formOf(run, output)
  const slice = async (start: number, end = head?.size ?? 0): Promise<ArrayBuffer> => {
    const bytes = await s3.range(output, start, end)
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  }
  return parquetTally(form, { byteLength: head?.size ?? 0, slice })
}

async function deleteInputs (s3: S3, place: S3Url, plan: Plan, progress: Progress): Promise<void> {
  const outputs = new Set(plan.outputs.map(urlText))
  await inParallel(plan.outputs, async output => {
    if (!isOutput((await s3.head(output))?.metadata, output.id)) {
      throw new ConnectError('COMPACT_OUTPUT_GONE', 'system', `${urlText(output)} is gone or changed after it was verified: its inputs are not deleted. Delete ${urlText(place)} to give up the plan.`)
    }
    for (const input of output.inputs) {
      // An object that changed since is not what was copied.
      if (outputs.has(urlText(input))) continue
      if (await s3.remove(input, input.etag)) progress.deleted(input)
      else progress.changed(input)
    }
  })
}
