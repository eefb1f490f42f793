/** JSON Schemas of what REST takes and gives, for the OpenAPI document. Bodies are checked by the routes, whose messages help more. */

const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const flag = { type: 'boolean' } as const
const list = <T extends object>(items: T) => ({ type: 'array', items } as const)
const object = <T extends object>(properties: T, required: readonly string[] = Object.keys(properties)) => ({ type: 'object', properties, required } as const)

export const config = { type: 'object', additionalProperties: { type: ['string', 'null'] } } as const
const taskId = object({ connector: text, task: integer })
export const connectorInfo = object({ name: text, config, tasks: list(taskId), type: { enum: ['source', 'sink', 'unknown'] } })
export const taskInfos = list(object({ id: taskId, config }))
const state = { enum: ['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'RESTARTING'] } as const
const stateOf = { state, worker_id: text, trace: text, version: { type: ['string', 'null'] } } as const
const offset = { type: ['integer', 'string'] } as const
const ownedPartition = object({ topic: text, partition: integer, position: offset, committed: offset, lag: { type: ['integer', 'null'] }, uncommitted_since: { type: ['integer', 'null'] } })
export const taskStatus = object({ id: integer, ...stateOf, partitions: list(ownedPartition) }, ['id', 'state', 'worker_id'])
export const connectorStatus = object({ name: text, connector: object(stateOf, ['state', 'worker_id']), tasks: list(taskStatus), type: { enum: ['source', 'sink', 'unknown'] } })
export const createRequest = object({ name: text, config, initial_state: { enum: ['RUNNING', 'PAUSED', 'STOPPED'] } }, ['config'])
export const offsets = object({ offsets: list(object({ partition: { type: 'object' }, offset: { type: ['object', 'null'] } })) })
export const message = object({ message: text })
export const serverInfo = object({ version: text, commit: text, kafka_cluster_id: text })
export const health = object({ status: { enum: ['healthy', 'starting', 'unhealthy'] }, message: text })
export const pluginInfos = list(object({ class: text, type: text, version: text }, ['class', 'type']))
const keyInfo = object({
  name: text, type: text, required: flag, default_value: { type: ['string', 'null'] }, importance: text, documentation: text, group: { type: ['string', 'null'] },
  order_in_group: integer, width: text, display_name: text, dependents: list(text)
})
export const keyInfos = list(keyInfo)
const valueInfo = object({ name: text, value: { type: ['string', 'null'] }, recommended_values: list(text), errors: list(text), visible: flag })
export const configInfos = object({ name: text, error_count: integer, groups: list(text), configs: list(object({ definition: keyInfo, value: valueInfo })) })
export const loggerLevel = object({ level: text, last_modified: { type: ['integer', 'null'] } })
export const loggerLevels = { type: 'object', additionalProperties: loggerLevel } as const
export const names = list(text)
export const topics = { type: 'object', additionalProperties: object({ topics: list(text) }) } as const
export const anything = {} as const
export const error = object({ error_code: integer, message: { type: ['string', 'null'] } })

const connectorParam = object({ connector: text })

/** The schema of a route: what it is for, what it takes and gives. */
export function route (summary: string, tags: string, success: Readonly<Record<number, object | null>>, takes: { params?: object, querystring?: Readonly<Record<string, object>>, body?: object } = {}): object {
  const answers = Object.entries(success).map(([status, schema]) => [status, schema === null ? { description: 'Done', type: 'null' } : { description: 'Done', ...schema }])
  return {
    summary,
    tags: [tags],
    ...takes.params === undefined ? {} : { params: takes.params },
    ...takes.querystring === undefined ? {} : { querystring: { type: 'object', properties: takes.querystring } },
    ...takes.body === undefined ? {} : { body: takes.body },
    response: { ...Object.fromEntries(answers), '4xx': { description: 'The request was wrong, or cannot be done now', ...error }, '5xx': { description: 'The worker failed', ...error } }
  }
}

export const params = {
  connector: connectorParam,
  task: object({ connector: text, task: integer }),
  plugin: object({ plugin: text }),
  logger: object({ logger: text })
} as const

export const query = { text, flag, texts: list(text) } as const
