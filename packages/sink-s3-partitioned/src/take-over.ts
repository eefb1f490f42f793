import type { Log } from '@tributary/plugin'
import type { Committer } from './commit.ts'
import { Ledger } from './ledger.ts'
import type { LedgerState } from './ledger.ts'
import type { ObjectStore } from './object-store.ts'

/** What finishing a commit of someone else takes. */
export interface TakeOverContext {
  readonly store: ObjectStore
  readonly committer: Committer
  readonly log: Log
  /** Fingerprint of what decides on directories. */
  readonly layout: string
  /** Called with objects that readers can see now, and the columns of their topics; may be called again with the same after a crash. */
  published (objects: LedgerState['pending'], columns: LedgerState['columns']): Promise<void>
}

/** Claims a ledger, and finishes what its last owner had decided. */
export async function takeOver (ledgerKey: string, context: TakeOverContext): Promise<Ledger> {
  const ledger = await claim(ledgerKey, context)
  await finish(ledger, context)
  return ledger
}

/** Takes a ledger over; whoever held it before is fenced from now on. */
export function claim (ledgerKey: string, { committer, store, layout }: TakeOverContext): Promise<Ledger> {
  return committer.persist(`Claiming ${ledgerKey}`, () => Ledger.claim(store, ledgerKey, layout))
}

/** Makes visible what the ledger's last owner had decided to store, and removes the stages of all before. */
export async function finish (ledger: Ledger, { committer, store, log, published }: TakeOverContext): Promise<void> {
  const { pending, columns, epoch } = ledger.state
  if (pending.length > 0) {
    log.info({ ledger: ledger.key, objects: pending.length }, 'Finishing the commit of the last owner.')
    await committer.persist('Publishing objects', () => committer.publish(pending, new Map(), ledger))
    await committer.persist('Registering partitions', () => published(pending, columns))
    await committer.persist('Writing the ledger', () => ledger.update(nothingPending))
  }
  // No stage of an earlier owner can count any more; one of a later owner can. A store that lets us not list keeps them, which harms nobody.
  const stages = await store.list(`${ledger.key}.stage-`).catch(() => [])
  await committer.forget(stages.filter(key => epochOfStage(key) < epoch))
}

/** Key of a stage of a commit. `part`: stages of one commit are counted. */
export function stageKey (ledger: Ledger, number: number, part: number): string { return `${ledger.key}.stage-${ledger.state.epoch}-${number}-${part}` }

function epochOfStage (key: string): number { return Number(/\.stage-(\d+)-\d+-\d+$/.exec(key)?.[1] ?? Infinity) }

/** Of a ledger whose commit is over. */
export const nothingPending = { pending: [], columns: new Map() }
