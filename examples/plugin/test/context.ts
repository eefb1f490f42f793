import { configOf, type ConfigObject, type Infer, type Log, type SinkDefinition, type SinkTaskContext, type SourceDefinition, type SourceTaskContext } from '@tributary/plugin'

const log: Log = { error () {}, warn () {}, info () {}, debug () {} }
const task = { connector: 'test', task: 0 }

/** What a worker gives to `read`, with the keys of a properties file and the offsets that a worker would know. */
export function sourceContext<O extends ConfigObject> (source: SourceDefinition<O>, raw: Record<string, string>, options: {
  signal: AbortSignal, offsets?: SourceTaskContext<unknown>['offsets']
}): SourceTaskContext<Infer<O>> {
  return {
    task, log, raw,
    config: configOf(source.config, raw) as Infer<O>,
    signal: options.signal,
    offsets: options.offsets ?? (async partitions => partitions.map(() => null)),
    onCommit () {},
    transaction: null
  }
}

/** What a worker gives to `start`. */
export function sinkContext<O extends ConfigObject> (sink: SinkDefinition<O>, raw: Record<string, string>, options: Partial<SinkTaskContext<unknown>> = {}): SinkTaskContext<Infer<O>> {
  return {
    task, log, raw,
    giveUp: new AbortController().signal,
    assignment: () => [],
    pause () {},
    resume () {},
    seek () {},
    requestCommit () {},
    timeout () {},
    async report (_record, error) { throw error },
    counter: () => ({ add () {} }),
    ...options,
    config: configOf(sink.config, raw) as Infer<O>
  }
}
