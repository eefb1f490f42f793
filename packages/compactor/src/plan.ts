import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '@tributary/plugin'
import type { JoinRule } from './join.ts'
import type { ManifestEntry } from './manifest.ts'
import type { Publication } from './publish.ts'
import { conditionFailed, notFound, type Answer, type S3 } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** An object as it was when it was planned for. */
export interface PlannedInput extends S3Url { readonly size: number, readonly etag: string }

/** What a plan keeps of a listed object. */
export function plannedInput ({ bucket, key, size, etag }: PlannedInput): PlannedInput { return { bucket, key, size, etag } }

/** Bytes of objects. */
export function sizeOf (inputs: readonly Pick<PlannedInput, 'size'>[]): number { return inputs.reduce((sum, { size }) => sum + size, 0) }

export interface PlannedOutput extends S3Url {
  /** A function of inputs and rule, stored with the object: whoever finds it there knows that the work is done. */
  readonly id: string
  readonly inputs: readonly PlannedInput[]
  readonly rule: JoinRule
  /** ETag of an object to be written over; null: there must be none. */
  readonly replaces: string | null
  readonly storageClass?: string
  /** Id of an output that this one belongs to line by line: there is none without the other. */
  readonly beside?: string
}

/** All that a run does, written down before it begins, so that any later run can finish it. */
export interface Plan {
  readonly version: 1
  /** Random: two plans for the same inputs, one after the other, are not one. */
  readonly run: string
  /**
   * `copied`: all outputs are written and verified; only then is anything deleted. `abandoned`: some could not be, and none is to be shown;
   * those that were written are deleted.
   */
  readonly state: 'planned' | 'copied' | 'abandoned'
  readonly outputs: readonly PlannedOutput[]
  /** Those that cannot be made, with what belongs to them: they do not stay, and their inputs do. */
  readonly dropped?: readonly PlannedOutput[]
  readonly deleteInputs: boolean
  /** Whether inputs have to be what their sink wrote about them. */
  readonly checksMetadata?: boolean
  readonly store: { readonly encrypted: boolean, readonly partSize: number, readonly multipart: boolean }
  /** How readers are shown the outputs instead of the inputs; absent: they see both until the inputs are deleted. */
  readonly publication?: Publication
  /** When that was done, in milliseconds since 1970. */
  readonly published?: number
  /** How long the inputs stay after that, for readers that began before. */
  readonly graceMs?: number
  readonly manifest: { readonly place: S3Url, readonly entries: readonly ManifestEntry[] } | null
}

/** Folder for the compactor's own objects; Hive, Athena and Spark ignore names that begin with an underscore. */
export const ownFolder = '_s3-compact/'

export function isOwn (key: string): boolean {
  return key.startsWith(ownFolder) || key.includes(`/${ownFolder}`)
}

/** One plan for a pair of places at a time. */
export function planPlace (from: readonly string[], dest: S3Url): S3Url {
  return { bucket: dest.bucket, key: `${dest.key}${ownFolder}plan-${digest([...from, urlText(dest)])}.json` }
}

export function digest (value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}

/** null: no such object. */
export async function readIfThere (s3: S3, place: S3Url, heard?: (answer: Answer) => void): Promise<Buffer | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await s3.readAll(place, heard)
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== notFound) throw error
      if (await s3.head(place) === null) return null
      // One plan was done and gone, and another was written since.
      if (attempt === 5) throw error
    }
  }
}

/** The plan that is there, or null. */
export async function loadPlan (s3: S3, place: S3Url): Promise<Plan | null> {
  return (await planAt(s3, place))?.plan ?? null
}

async function planAt (s3: S3, place: S3Url): Promise<{ plan: Plan, etag: string } | null> {
  let etag = ''
  const body = await readIfThere(s3, place, answer => { etag = answer.etag })
  if (body === null) return null
  const plan = planOf(body, place)
  if (plan.version !== 1) throw new ConnectError('COMPACT_PLAN', 'system', `${urlText(place)} is of another version of this program: finish that run with it first.`)
  return { plan, etag }
}

function planOf (body: Buffer, place: S3Url): Plan {
  try {
    return JSON.parse(body.toString()) as Plan
  } catch (error) {
    throw new ConnectError('COMPACT_PLAN', 'system', `${urlText(place)} is no plan of this program: ${(error as Error).message}`, { cause: error })
  }
}

/** Writes a plan unless there is one; false: someone else has begun. */
export async function startPlan (s3: S3, place: S3Url, plan: Plan): Promise<boolean> {
  const body = Buffer.from(JSON.stringify(plan))
  try {
    await s3.put(place, body, { ifNew: true, contentType: 'application/json' })
    return true
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== conditionFailed) throw error
    // A write whose answer was lost, tried again, finds itself.
    return await readIfThere(s3, place).then(there => there?.equals(body) ?? false)
  }
}

/** Goes on from one state of a plan to another, if it is still in that one; returns the plan as it is then, null when it is done and gone. */
export async function advancePlan (s3: S3, place: S3Url, before: Plan, after: Plan): Promise<Plan | null> {
  const wrote = async (etag: string): Promise<boolean> => {
    try {
      await s3.put(place, Buffer.from(JSON.stringify(after)), { contentType: 'application/json', ifMatch: etag })
      return true
    } catch (error) {
      if (error instanceof ConnectError && (error.code === conditionFailed || error.code === notFound)) return false
      throw error
    }
  }
  return await whileThere(s3, place, before, wrote) ? after : loadPlan(s3, place)
}

/** Deletes a plan that is done or given up, and no other that is there since. */
export async function forgetPlan (s3: S3, place: S3Url, plan: Plan): Promise<void> {
  await whileThere(s3, place, plan, etag => s3.remove(place, etag))
}

/** Tries as long as the plan that is there is this one: its ETag may have been told wrong. False: it is another one, or gone. */
async function whileThere (s3: S3, place: S3Url, plan: Plan, act: (etag: string) => Promise<boolean>): Promise<boolean> {
  const text = JSON.stringify(plan)
  for (let wait = 50; wait < 3000; wait *= 2) {
    const there = await planAt(s3, place)
    if (there === null || JSON.stringify(there.plan) !== text) return false
    if (await act(there.etag)) return true
    await sleep(wait)
  }
  throw new ConnectError('COMPACT_PLAN', 'transient', `S3 tells an ETag for ${urlText(place)} that it does not take as a condition: the run stays as it is. Run again.`)
}
