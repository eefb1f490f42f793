import { ConnectError, dataError, type SourceRecord, type Transform } from '@tributary/plugin'
import { isBag } from './definition-problems.ts'
import { placeOf } from './place-of.ts'

type Bag = Readonly<Record<string, unknown>>
type Callable = (...args: readonly unknown[]) => unknown

const isFunction = (value: unknown): value is Callable => typeof value === 'function'

function has (value: unknown, ...names: readonly string[]): boolean {
  return isBag(value) && names.every(name => isFunction(value[name]))
}

/** Makes errors about one plugin. */
type Mistake = (problem: string, options?: ErrorOptions) => ConnectError

/** An error that the plugin does not seem to mean for users. */
function slip (mistake: Mistake, name: string, error: unknown): unknown {
  if (error instanceof ConnectError) return error
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const place = error instanceof Error ? placeOf(error.stack) : null
  return mistake(`${name} throws ${what}${place === null ? '' : ` (${place})`}. This is a mistake of the plugin, not of the configuration.`, { cause: error })
}

/** A function that may answer now or later; what it throws and returns is checked. */
function guardedAnswer (call: Callable, name: string, mistake: Mistake, isRight: (answer: unknown) => boolean, promise: string): Callable {
  const checked = (answer: unknown): unknown => {
    if (isRight(answer)) return answer
    throw mistake(`${name} must return ${promise}.`)
  }
  return (...args) => {
    let answer: unknown
    try {
      answer = call(...args)
    } catch (error) {
      throw slip(mistake, name, error)
    }
    return answer instanceof Promise ? answer.then(checked, (error: unknown) => { throw slip(mistake, name, error) }) : checked(answer)
  }
}

const areProblems = (answer: unknown): boolean => Array.isArray(answer) && answer.every(one => isBag(one) && typeof one['key'] === 'string' && typeof one['message'] === 'string')

const areConfigs = (answer: unknown): boolean => Array.isArray(answer) && answer.every(one => isBag(one) && Object.values(one).every(value => typeof value === 'string'))

async function * guardedBatches (batches: AsyncIterable<unknown>, mistake: Mistake): AsyncGenerator<readonly SourceRecord[]> {
  for await (const batch of batches) {
    if (!Array.isArray(batch)) throw mistake('read must yield arrays of records: yield [record], not yield record.')
    for (const record of batch as readonly Partial<SourceRecord>[]) {
      if (typeof record?.topic !== 'string' || !Array.isArray(record.headers)) throw mistake('read yields a record that lacks its topic or other parts. Make records with sourceRecord({ topic, ... }).')
    }
    yield batch as readonly SourceRecord[]
  }
}

function guardedRead (read: Callable, mistake: Mistake): Callable {
  return context => {
    const batches = read(context)
    if (!isBag(batches) || !isFunction((batches as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator])) throw mistake('read must be an async generator: async * read (context) { ... }.')
    return guardedBatches(batches as unknown as AsyncIterable<unknown>, mistake)
  }
}

/** A function that makes something with these methods. */
function guardedMaker (make: Callable, name: string, methods: readonly string[], mistake: Mistake): Callable {
  const checked = (made: unknown): unknown => {
    if (has(made, ...methods)) return made
    throw mistake(`${name} must return an object with the function${methods.length > 1 ? 's' : ''} ${methods.join(', ')}.`)
  }
  return (...args) => {
    const made = make(...args)
    return made instanceof Promise ? made.then(checked) : checked(made)
  }
}

function guardedTransform (create: Callable, mistake: Mistake): Callable {
  return (...args) => {
    const transform = create(...args)
    if (!isFunction(transform)) throw mistake('create must return a function of a record.')
    return ((record) => {
      const changed = (transform as Transform)(record)
      // Taken for null, it would drop the record without a trace.
      if (changed === undefined) throw dataError('The transform returned undefined. It must return a record, or null to drop it.')
      return changed
    }) satisfies Transform
  }
}

function guards (definition: Bag, mistake: Mistake): Record<string, Callable> {
  const { kind, validate, tasks, read, start, create, createHeader, open } = definition
  const found: Record<string, Callable> = {}
  if (isFunction(validate)) found['validate'] = guardedAnswer(validate.bind(definition), 'validate', mistake, areProblems, 'an array of { key, message }, empty when all is well')
  if (isFunction(tasks)) found['tasks'] = guardedAnswer(tasks.bind(definition), 'tasks', mistake, areConfigs, 'an array of configurations, one for each task, whose values are strings')
  if (kind === 'source' && isFunction(read)) found['read'] = guardedRead(read.bind(definition), mistake)
  if (kind === 'sink' && isFunction(start)) found['start'] = guardedMaker(start.bind(definition), 'start', ['put'], mistake)
  if (kind === 'transform' && isFunction(create)) found['create'] = guardedTransform(create.bind(definition), mistake)
  if (kind === 'converter' && isFunction(create)) found['create'] = guardedMaker(create.bind(definition), 'create', ['toConnect', 'fromConnect'], mistake)
  if (kind === 'converter' && isFunction(createHeader)) found['createHeader'] = guardedMaker(createHeader.bind(definition), 'createHeader', ['toConnect', 'fromConnect'], mistake)
  if (kind === 'feed' && isFunction(open)) found['open'] = guardedMaker(open.bind(definition), 'open', ['poll', 'commit', 'close'], mistake)
  if (kind === 'config_provider' && isFunction(open)) found['open'] = guardedMaker(open.bind(definition), 'open', ['get'], mistake)
  return found
}

/**
 * A definition whose functions are held to what they promise, so that a slip of an author who has no compiler to tell is one sentence at the place
 * where it happens, not a strange error further on. `where` names plugin and file. What the functions do is otherwise untouched.
 */
export function guardDefinition (definition: Bag, where: string): Bag {
  const mistake: Mistake = (problem, options) => new ConnectError('PLUGIN_MISTAKE', 'system', `${where}: ${problem}`, options)
  const found = guards(definition, mistake)
  return Object.create(definition, Object.fromEntries(Object.entries(found).map(([name, value]) => [name, { value, enumerable: true }]))) as Bag
}
