import type { ConfigProblem, RawConfig } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'

/** What does not go with a table over the objects, where there is to be one. */
export function catalogProblems (config: S3SinkConfig, raw: RawConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (config['glue.database'] === '' && config['hive.ddl.file'] === null) return problems
  if (config['directory.delim'] !== '/') {
    problems.push({ key: 'directory.delim', message: `Invalid value ${config['directory.delim']} for configuration directory.delim: glue.database and hive.ddl.file need /, since tables have no other directories.` })
  }
  if (config['error.prefix'] !== '' && isWithin(config['error.prefix'], config['topics.dir'])) {
    problems.push({ key: 'error.prefix', message: `Invalid value ${config['error.prefix']} for configuration error.prefix: it is within topics.dir=${config['topics.dir']}, where readers of tables look. Use a prefix beside it, such as errors.` })
  }
  if (config['glue.table'] !== '' && raw.transforms === undefined && hasTopics(raw)) {
    problems.push({ key: 'glue.table', message: `Invalid value ${config['glue.table']} for configuration glue.table: two topics cannot share a table, and no transform leads them to one topic. Leave glue.table empty, or let a connector of its own write each topic.` })
  }
  for (const key of ['store.kafka.keys', 'store.kafka.headers'] as const) {
    if (config[key]) problems.push({ key, message: `${key}=true puts a file beside each object, which readers of a table take for rows of it: leave it out, or leave the table to another connector.` })
  }
  return problems
}

function isWithin (prefix: string, dir: string): boolean { return dir === '' || `${prefix}/`.startsWith(`${dir}/`) }

/** Whether there may be more than one topic. */
function hasTopics (raw: RawConfig): boolean { return (raw['topics.regex'] ?? '') !== '' || (raw.topics ?? '').split(',').length > 1 }
