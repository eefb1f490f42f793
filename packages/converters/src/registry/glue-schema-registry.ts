import { setTimeout as sleep } from 'node:timers/promises'
import type * as Aws from '@aws-sdk/client-glue'
import type { Compatibility, GlueClient, GlueClientConfig } from '@aws-sdk/client-glue'
import { configError, ConnectError, dataError, retriableError } from '@tributary/plugin'
import type { RegisteredSchema } from './schema-store.ts'

export interface GlueRegistryOptions {
  readonly registryName: string
  /** Whether schemas that the registry does not know are added. */
  readonly registers: boolean
  /** Of schemas that are added: what may change from version to version. */
  readonly compatibility: Compatibility
  /** Of schemas that are added. */
  readonly description: string
  readonly region: string | null
  readonly endpoint: string | null
  /** A role to take on; null: the credentials of the environment. */
  readonly role: { readonly arn: string, readonly sessionName: string } | null
}

interface Loaded { readonly aws: typeof Aws, readonly client: GlueClient }

const timeouts = { connectionTimeout: 10_000, socketTimeout: 60_000 }
/** Waits for Glue's check of a new version, in milliseconds. It takes a second or two. */
const checkWaitsMs = [200, 400, 800, 1600, 3000, 3000, 3000, 3000]
const denied = /^(AccessDenied|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|IncompleteSignature|MissingAuthentication|CredentialsProvider)/
const passing = /Throttl|^TooManyRequests|^RequestLimit|^Internal|^ServiceUnavailable|^OperationTimeout|^ConcurrentModification|^ExpiredToken|^TimeoutError/

/** Schemas in a registry of AWS Glue. Every call rejects with ConnectErrors. The AWS client, an optional dependency, is loaded with the first call. */
export class GlueSchemaRegistry {
  readonly #options: GlueRegistryOptions
  #loading: Promise<Loaded> | null = null

  constructor (options: GlueRegistryOptions) { this.#options = options }

  /** The schema of a version. */
  async byId (id: string): Promise<RegisteredSchema> {
    const { SchemaDefinition: text, DataFormat: type } = await this.#call(`read schema version ${id}`, ({ aws, client }) => client.send(new aws.GetSchemaVersionCommand({ SchemaVersionId: id })))
    if (text === undefined) throw dataError(`The Glue schema registry gave no schema for version ${id}.`)
    return { id, type: type ?? 'AVRO', text, references: [] }
  }

  /** The id of the version that has this text; it is registered where that is allowed and needed. */
  async idOf (name: string, text: string): Promise<string> {
    const found = await this.#find(name, text)
    if (found !== null) return found
    if (!this.#options.registers) {
      throw dataError(`Schema ${name} of the Glue registry ${this.#options.registryName} has no such version, and schemaAutoRegistrationEnabled=false. Register it, or set schemaAutoRegistrationEnabled=true. Its definition is ${text}`)
    }
    return await this.#create(name, text) ?? await this.#addVersion(name, text)
  }

  async #find (name: string, text: string): Promise<string | null> {
    try {
      const { SchemaVersionId: id, Status: status } = await this.#send(({ aws, client }) => client.send(new aws.GetSchemaByDefinitionCommand({ SchemaId: this.#schemaId(name), SchemaDefinition: text })))
      return status === 'AVAILABLE' ? id! : await this.#checked(name, id!)
    } catch (error) {
      if ((error as Error).name === 'EntityNotFoundException') return null
      throw this.#mistake(error, `look up schema ${name}`)
    }
  }

  /** The first version of a new schema; null: there is a schema of the name. */
  async #create (name: string, text: string): Promise<string | null> {
    const { registryName, compatibility, description } = this.#options
    try {
      const answer = await this.#send(({ aws, client }) => client.send(new aws.CreateSchemaCommand({
        RegistryId: { RegistryName: registryName }, SchemaName: name, DataFormat: 'AVRO', Compatibility: compatibility, Description: description, SchemaDefinition: text
      })))
      return answer.SchemaVersionStatus === 'AVAILABLE' ? answer.SchemaVersionId! : await this.#checked(name, answer.SchemaVersionId!)
    } catch (error) {
      // Some other task was first.
      if ((error as Error).name === 'AlreadyExistsException') return null
      throw this.#mistake(error, `create schema ${name}`)
    }
  }

  async #addVersion (name: string, text: string): Promise<string> {
    const { SchemaVersionId: id, Status: status } = await this.#call(`register a version of schema ${name}`, ({ aws, client }) => client.send(new aws.RegisterSchemaVersionCommand({ SchemaId: this.#schemaId(name), SchemaDefinition: text })))
    return status === 'AVAILABLE' ? id! : await this.#checked(name, id!)
  }

  /** Waits until Glue has compared a version with those before it. */
  async #checked (name: string, id: string): Promise<string> {
    for (const waitMs of checkWaitsMs) {
      const { Status: status } = await this.#call(`read schema version ${id}`, ({ aws, client }) => client.send(new aws.GetSchemaVersionCommand({ SchemaVersionId: id })))
      if (status === 'AVAILABLE') return id
      if (status !== 'PENDING') throw dataError(`The Glue schema registry refused the new version of schema ${name} (${status}): it must be compatible with the versions before it. Change the schema, or the compatibility of ${name}.`)
      await sleep(waitMs)
    }
    throw retriableError(`The Glue schema registry still checks the new version ${id} of schema ${name}.`)
  }

  #schemaId (name: string): { RegistryName: string, SchemaName: string } { return { RegistryName: this.#options.registryName, SchemaName: name } }

  async #call<T> (what: string, send: (loaded: Loaded) => Promise<T>): Promise<T> {
    try {
      return await this.#send(send)
    } catch (error) {
      throw this.#mistake(error, what)
    }
  }

  async #send<T> (send: (loaded: Loaded) => Promise<T>): Promise<T> {
    this.#loading ??= this.#load()
    return await send(await this.#loading)
  }

  async #load (): Promise<Loaded> {
    const { region, endpoint, role } = this.#options
    let aws: typeof Aws
    let credentials: GlueClientConfig['credentials']
    try {
      aws = await import('@aws-sdk/client-glue')
      if (role !== null) {
        const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
        credentials = fromTemporaryCredentials({ params: { RoleArn: role.arn, RoleSessionName: role.sessionName }, ...region === null ? {} : { clientConfig: { region } } })
      }
    } catch (cause) {
      throw configError('AWSKafkaAvroConverter needs the packages @aws-sdk/client-glue and @aws-sdk/credential-providers, which are not installed. Add them with your package manager.', { cause })
    }
    const client = new aws.GlueClient({
      requestHandler: timeouts, ...region === null ? {} : { region }, ...endpoint === null ? {} : { endpoint }, ...credentials === undefined ? {} : { credentials }
    })
    return { aws, client }
  }

  #mistake (error: unknown, what: string): ConnectError {
    if (error instanceof ConnectError) return error
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    const status = $metadata?.httpStatusCode
    const sentence = `Cannot ${what} in the Glue registry ${this.#options.registryName}: ${name}: ${message}`
    const options = { cause: error }
    if (message.includes('Region is missing')) return new ConnectError('GLUE_SCHEMA_REGISTRY', 'config', `${sentence} Set the key region, or AWS_REGION.`, options)
    if (denied.test(name)) return new ConnectError('GLUE_SCHEMA_REGISTRY', 'config', `${sentence} Check the credentials, the region and the rights of the role.`, options)
    if (status === undefined || status >= 500 || status === 429 || passing.test(name)) return retriableError(sentence, options)
    const advice = name === 'EntityNotFoundException' && message.startsWith('Registry') ? ' Create it (aws glue create-registry), or correct registry.name and region.' : ''
    return new ConnectError('GLUE_SCHEMA_REGISTRY', 'data', sentence + advice, { ...options, javaClass: 'org.apache.kafka.connect.errors.DataException' })
  }
}
