import type { ConfigObject, Infer, RawConfig } from './config.ts'
import type { ConfigProblem } from './context.ts'
import type { ConnectRecord } from './record.ts'

/** Changes one record: another record, the same, or null to drop it. Synchronous; the worker calls it in a loop over a batch. */
export type Transform = <R extends ConnectRecord>(record: R) => R | null

/** A transform (Kafka's single message transform). */
export interface TransformDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'transform'
  readonly summary: string
  readonly config: O
  /** Problems across keys. */
  validate? (config: Infer<O>, raw: RawConfig): readonly ConfigProblem[]
  create (config: Infer<O>, raw: RawConfig): Transform
}

/** Declares a transform. `Flatten$Key` and `Flatten$Value` are two definitions made by one function. */
export function defineTransform<const O extends ConfigObject> (definition: Omit<TransformDefinition<O>, 'kind'>): TransformDefinition<O> {
  return { kind: 'transform', ...definition }
}

/** A condition on records, used by `transforms.<name>.predicate`. */
export interface PredicateDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'predicate'
  readonly summary: string
  readonly config: O
  create (config: Infer<O>, raw: RawConfig): (record: ConnectRecord) => boolean
}

/** Declares a predicate. */
export function definePredicate<const O extends ConfigObject> (definition: Omit<PredicateDefinition<O>, 'kind'>): PredicateDefinition<O> {
  return { kind: 'predicate', ...definition }
}
