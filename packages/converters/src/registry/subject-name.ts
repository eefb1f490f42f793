import { configError, dataError } from '@tributary/plugin'

/** The subject under which a schema is registered. `record`: the full name of its record, null if it is none. */
export type SubjectName = (topic: string, isKey: boolean, record: string | null) => string

const needsRecord = (record: string | null): string => {
  if (record === null) throw dataError('The subject name strategy needs records: only a named struct has a subject.')
  return record
}

const strategies: Readonly<Record<string, SubjectName>> = {
  TopicNameStrategy: (topic, isKey) => `${topic}-${isKey ? 'key' : 'value'}`,
  RecordNameStrategy: (_topic, _isKey, record) => needsRecord(record),
  TopicRecordNameStrategy: (topic, _isKey, record) => `${topic}-${needsRecord(record)}`
}

/** The strategy of a Confluent class name, with or without its package. Throws a config error for others. */
export function subjectNameStrategy (name: string, key: string): SubjectName {
  const strategy = strategies[name.slice(name.lastIndexOf('.') + 1)]
  if (strategy === undefined) throw configError(`Invalid value ${name} for configuration ${key}: use one of ${Object.keys(strategies).join(', ')}.`)
  return strategy
}
