import type { Offset } from './offset.ts'

/** How objects are named. */
export interface NameOptions {
  /** `topics.dir`; may be empty. */
  readonly prefix: string
  readonly directoryDelim: string
  readonly fileDelim: string
  readonly padWidth: number
  /** `file.name.template`; null: Confluent's names. */
  readonly template: string | null
}

/** What an object is named by. */
export interface NamedObject {
  /** Topic after transforms, which is part of the path. */
  readonly topic: string
  readonly sourceTopic: string
  readonly partition: number
  readonly directory: string
  readonly first: Offset
  readonly last: Offset
  readonly records: number
  readonly generation: number
  readonly extension: string
}

const variable = /\{\{\s*(\w+)\s*(?::\s*padding\s*=\s*(true|false)\s*)?\}\}/g
const variables = ['topic', 'partition', 'start_offset', 'end_offset', 'records'] as const

/** A sentence on why a template is refused, or null. */
export function templateProblem (template: string | null): string | null {
  if (template === null) return null
  const used = [...template.matchAll(variable)].map(match => match[1]!)
  const unknown = used.find(name => !variables.some(known => known === name))
  const odd = unknown === undefined ? /\{\{.*?(\}\}|$)/.exec(template.replace(variable, ''))?.[0] : `{{${unknown}}}`
  if (odd !== undefined) return `${odd} is not known. Use ${variables.map(name => `{{${name}}}`).join(', ')}; those with digits take :padding=true.`
  if (!used.includes('partition') || !used.includes('start_offset')) return 'It must hold {{partition}} and {{start_offset}}: without them two objects would have one name.'
  return template.includes('/') ? 'It names the file, not its directory, so it may hold no slash.' : null
}

/**
 * Key of an object: `<topics.dir>/<topic>/<directory>/<topic>+<partition>+<first offset>.<extension>`, as Confluent's sink has it, or with the
 * file name of a template. A record is stored in one object only, so the first offset makes the name unique within a directory.
 */
export function objectKey (object: NamedObject, options: NameOptions): string {
  const { topic, partition, directory, first, extension, sourceTopic, generation } = object
  const { prefix, directoryDelim, fileDelim, padWidth, template } = options
  // Two topics that a transform gives one name have offsets of their own; their objects must not meet.
  const name = template === null ? [sourceTopic, partition, String(first).padStart(padWidth, '0')].join(fileDelim) : fromTemplate(template, object, padWidth)
  return [prefix, topic, directory, generation === 0 ? name : `${name}${fileDelim}g${generation}`].filter(part => part !== '').join(directoryDelim) + extension
}

function fromTemplate (template: string, object: NamedObject, padWidth: number): string {
  const { sourceTopic, partition, first, last, records } = object
  const values: Readonly<Record<string, string>> = {
    topic: sourceTopic, partition: String(partition), start_offset: String(first), end_offset: String(last), records: String(records)
  }
  return template.replace(variable, (_all, name: string, padding: string | undefined) =>
    padding === 'true' ? values[name]!.padStart(name === 'partition' ? 10 : padWidth === 0 ? 20 : Math.max(padWidth, 20), '0') : values[name]!)
}

const maxKeyBytes = 1024
// What XML 1.0 cannot hold, and with it no listing of S3.
// eslint-disable-next-line no-control-regex -- control characters are exactly what is meant
const unlistable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/

/** Why no object can have a key, or null. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export function keyProblem (key: string): string | null {
  const bytes = Buffer.byteLength(key)
  if (bytes > maxKeyBytes) return `it has ${bytes} bytes, and S3 takes ${maxKeyBytes}`
  if (!key.isWellFormed()) return 'it holds half of a surrogate pair, which UTF-8 has no bytes for'
  if (unlistable.test(key)) return 'it holds a control character, which no listing of S3 can show'
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(key) ? 'a part of it is . or .., which readers take for another directory' : null
}

/** A sentence on why no key can begin with a prefix, or null. */
export function prefixProblem (prefix: string): string | null {
  const problem = keyProblem(prefix)
  return problem === null ? null : `No object can be under it: ${problem}.`
}

/** Key of the ledger of a topic-partition. */
export function ledgerKey (prefix: string, connector: string, topic: string, partition: number): string {
  return [prefix, encodeURIComponent(connector), encodeURIComponent(topic), `${partition}.json`].filter(part => part !== '').join('/')
}
