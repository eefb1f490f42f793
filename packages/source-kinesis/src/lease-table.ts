import type * as Sdk from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ConnectError } from '@tributary/plugin'
import { kinesisError, retrying } from '@tributary/kinesis'
import { itemOf, leaseOf, type Item, type Lease } from './lease.ts'

const scanAttempts = 3

interface Change { readonly set: string, readonly remove?: string, readonly condition: string, readonly names?: Record<string, string>, readonly values: Item }

/**
 * The lease table in DynamoDB. Every change is conditional on what was read, so that two workers never both succeed: a change returns the
 * lease after it, or null when someone else was first. Other errors are ConnectErrors, `transient` where a later try may succeed.
 */
export class LeaseTable {
  readonly name: string
  readonly #client: DynamoDBClient
  readonly #sdk: typeof Sdk
  readonly #timeoutMs: number
  readonly #giveUp: AbortSignal

  /** `timeoutMs` bounds each call; it must leave time for another within a failover period. `giveUp` ends what is under way. */
  constructor (name: string, client: DynamoDBClient, sdk: typeof Sdk, options: { timeoutMs: number, giveUp: AbortSignal }) {
    this.name = name
    this.#timeoutMs = options.timeoutMs
    this.#giveUp = options.giveUp
    this.#client = client
    this.#sdk = sdk
  }

  #call<T> (what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return retrying(`${what} the lease table "${this.name}" in DynamoDB`, { signal: this.#giveUp, attempts: scanAttempts, timeoutMs: this.#timeoutMs }, call)
  }

  /** Creates the table, billed on demand, if it is not there; resolves when it can be used. */
  async open (): Promise<void> {
    const { DescribeTableCommand, CreateTableCommand } = this.#sdk
    const what = `open the lease table "${this.name}" in DynamoDB`
    await retrying(what, { signal: this.#giveUp, attempts: 20 }, async abortSignal => {
      const status = await this.#client.send(new DescribeTableCommand({ TableName: this.name }), { abortSignal }).then(({ Table }) => Table?.TableStatus, (error: unknown) => {
        if ((error as Error).name === 'ResourceNotFoundException') return null
        throw error
      })
      if (status === 'ACTIVE') return
      if (status === null) {
        await this.#client.send(new CreateTableCommand({
          TableName: this.name,
          AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST'
        }), { abortSignal })
      }
      throw new ConnectError('KINESIS_TABLE_NOT_READY', 'transient', `Cannot ${what}: it is being created.`)
    })
  }

  /** All leases, over all pages. */
  async scan (): Promise<Lease[]> {
    const leases: Lease[] = []
    let start: Item | undefined
    do {
      const page = await this.#call('read', abortSignal =>
        this.#client.send(new this.#sdk.ScanCommand({ TableName: this.name, ConsistentRead: true, ...start === undefined ? {} : { ExclusiveStartKey: start } }), { abortSignal }))
      for (const item of page.Items ?? []) {
        const lease = leaseOf(item)
        if (lease !== null) leases.push(lease)
      }
      start = page.LastEvaluatedKey
    } while (start !== undefined)
    return leases
  }

  async get (key: string): Promise<Lease | null> {
    const { Item } = await this.#call('read', abortSignal =>
      this.#client.send(new this.#sdk.GetItemCommand({ TableName: this.name, Key: { leaseKey: { S: key } }, ConsistentRead: true }), { abortSignal }))
    return Item === undefined ? null : leaseOf(Item)
  }

  /** Creates a lease unless it is there; says whether it did. */
  async create (lease: Lease): Promise<boolean> {
    return this.#conditional(abortSignal => this.#client.send(new this.#sdk.PutItemCommand({
      TableName: this.name, Item: itemOf(lease), ConditionExpression: 'attribute_not_exists(leaseKey)'
    }), { abortSignal })).then(answer => answer !== null)
  }

  /** Makes `owner` the owner of a lease as it was seen. */
  take (seen: Lease, owner: string): Promise<Lease | null> {
    const isSwitch = seen.owner !== null && seen.owner !== owner
    return this.#change(seen, {
      set: `leaseOwner = :new, leaseCounter = :next${isSwitch ? ', ownerSwitchesSinceCheckpoint = :switches' : ''}`,
      remove: 'checkpointOwner',
      condition: `leaseCounter = :counter AND ${seen.owner === null ? 'attribute_not_exists(leaseOwner)' : 'leaseOwner = :owner'}`,
      values: {
        ':new': { S: owner },
        ...seen.owner === null ? {} : { ':owner': { S: seen.owner } },
        ...isSwitch ? { ':switches': { N: String(seen.ownerSwitches + 1) } } : {}
      }
    })
  }

  /** Shows that the owner lives. */
  renew (held: Lease): Promise<Lease | null> {
    return this.#changeOwn(held, { set: 'leaseCounter = :next', condition: 'attribute_not_exists(checkpointOwner)', values: {} })
  }

  /** Stores how far the shard is done. */
  checkpoint (held: Lease, checkpoint: string, subSequence: number): Promise<Lease | null> {
    return this.#changeOwn(held, {
      set: 'leaseCounter = :next, checkpoint = :checkpoint, checkpointSubSequenceNumber = :sub, ownerSwitchesSinceCheckpoint = :zero',
      remove: 'pendingCheckpoint, pendingCheckpointSubSequenceNumber, pendingCheckpointState',
      condition: 'attribute_exists(leaseKey)',
      values: { ':checkpoint': { S: checkpoint }, ':sub': { N: String(subSequence) }, ':zero': { N: '0' } }
    })
  }

  /** Notes the children of a shard that ended, before it is checkpointed as ended. */
  addChildren (held: Lease, children: readonly string[]): Promise<Lease | null> {
    return this.#changeOwn(held, { set: 'leaseCounter = :next, childShardIds = :children', condition: 'attribute_exists(leaseKey)', values: { ':children': { SS: [...children] } } })
  }

  /** Gives a lease back, so that another worker may take it at once. */
  release (held: Lease): Promise<Lease | null> {
    return this.#changeOwn(held, { set: 'leaseCounter = :next', remove: 'leaseOwner', condition: 'attribute_exists(leaseKey)', values: {} })
  }

  /** Removes the lease of a shard that is done. */
  async remove (lease: Lease): Promise<void> {
    await this.#conditional(abortSignal => this.#client.send(new this.#sdk.DeleteItemCommand({
      TableName: this.name, Key: { leaseKey: { S: lease.key } }, ConditionExpression: 'checkpoint = :end', ExpressionAttributeValues: { ':end': { S: 'SHARD_END' } }
    }), { abortSignal }))
  }

  #changeOwn (held: Lease, change: Change): Promise<Lease | null> {
    return this.#change(held, {
      ...change,
      condition: `leaseCounter = :counter AND leaseOwner = :owner AND ${change.condition}`,
      values: { ...change.values, ':owner': { S: held.owner ?? '' } }
    })
  }

  async #change (seen: Lease, { set, remove, condition, values }: Change): Promise<Lease | null> {
    const answer = await this.#conditional(abortSignal => this.#client.send(new this.#sdk.UpdateItemCommand({
      TableName: this.name,
      Key: { leaseKey: { S: seen.key } },
      UpdateExpression: `SET ${set}${remove === undefined ? '' : ` REMOVE ${remove}`}`,
      ConditionExpression: condition,
      ExpressionAttributeValues: { ...values, ':counter': { N: String(seen.counter) }, ':next': { N: String(seen.counter + 1) } },
      ReturnValues: 'ALL_NEW'
    }), { abortSignal }))
    return answer?.Attributes === undefined ? null : leaseOf(answer.Attributes)
  }

  async #conditional<T> (call: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    try {
      return await call(AbortSignal.any([this.#giveUp, AbortSignal.timeout(this.#timeoutMs)]))
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return null
      throw kinesisError(error, `change the lease table "${this.name}" in DynamoDB`)
    }
  }
}
