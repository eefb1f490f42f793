import { t, type Infer } from '@tributary/plugin'

const group = 'Datagen'

/** The keys of Confluent's datagen connector, and after them those of ours. */
export const config = t.object({
  'kafka.topic': t.string({ description: 'Topic to write to.', importance: 'HIGH', group }),
  'max.interval': t.long({
    description: 'Upper bound of a random pause before every record, in milliseconds; 0 or less: no pause. It is not a rate: see records.per.second.',
    default: 500, importance: 'HIGH', group
  }),
  'iterations': t.int({ description: 'Number of records of each task, or less than 1 for no end.', default: -1, importance: 'HIGH', group }),
  'schema.string': t.string({ description: 'The Avro schema itself, in JSON.', default: '', importance: 'HIGH', group }),
  'schema.filename': t.string({
    description: 'File of the Avro schema in JSON, comments allowed; from the working directory of the worker, else beside the connector\'s file of connect-standalone.',
    default: '', importance: 'HIGH', group, namesFile: true
  }),
  'schema.keyfield': t.string({
    description: 'Field whose value becomes the key of the record. Empty: the key field of the quickstart, or no key.',
    default: '', importance: 'HIGH', group
  }),
  'quickstart': t.string({ description: 'Name of a schema that comes with the connector, in any case.', default: '', importance: 'HIGH', group }),
  'random.seed': t.long({
    description: 'Seed of the generator: two connectors with one seed make the same records. The tasks of a connector differ. Without: at random.',
    default: null, importance: 'LOW', group
  }),
  'records.per.second': t.double({
    description: 'Records a second of each task; max.interval is not used then. A task that fell behind, by up to ten seconds, catches up. 0: no such limit.',
    default: 0, min: 0, importance: 'MEDIUM', group
  }),
  'batch.size': t.int({ description: 'Most records made at once when no pause comes between them.', default: 500, min: 1, max: 100_000, importance: 'LOW', group }),
  'iteration.interleave': t.boolean({
    description: 'Whether the tasks share counters ("iteration" in the schema), each taking its turn, instead of all counting the same numbers.',
    default: false, importance: 'LOW', group
  })
})

export type DatagenConfig = Infer<typeof config>

/** Set by the connector in the configuration of its tasks. */
export const tasksKey = 'task.count'
