import type { RawConfig } from '@tributary/plugin'
import { ConnectError } from '@tributary/plugin'
import type { TargetState } from '../herder/herder.ts'
import { propertiesOf, readConfigFile } from './properties.ts'

/** What a connector file of the standalone command line asks for. */
export interface ConnectorFile {
  readonly name: string
  readonly config: RawConfig
  readonly initialState: TargetState | undefined
}

const states: Readonly<Record<string, TargetState>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }

function fileError (message: string): ConnectError { return new ConnectError('CONNECTOR_FILE', 'config', message) }

/** Text, a number or a boolean as text; null for anything else. */
export function scalarText (value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : null
}

/** A flat object of text, numbers and booleans as a configuration; null when it is anything else. */
export function flatConfig (value: unknown): RawConfig | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const entries = Object.entries(value).map(([key, item]) => [key, scalarText(item)] as const)
  return entries.every(([, text]) => text !== null) ? Object.fromEntries(entries) as RawConfig : null
}

/** The target state of a request's `initial_state`, in any case; undefined when it is none. */
export function targetStateOf (initialState: string): TargetState | undefined {
  const word = initialState.toUpperCase()
  return Object.hasOwn(states, word) ? states[word] : undefined
}

function parseJson (bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

function withName (file: string, config: RawConfig, initialState: TargetState | undefined): ConnectorFile {
  const { name } = config
  if (name === undefined) throw fileError(`Connector configuration at '${file}' is missing the mandatory 'name' configuration`)
  return { name, config, initialState }
}

/** A request as for `POST /connectors`; unknown members are ignored. */
function fromRequest (file: string, request: object): ConnectorFile | null {
  const { name, config: given, initial_state: state } = request as { name?: unknown, config?: unknown, initial_state?: unknown }
  const config = flatConfig(given)
  if (typeof name !== 'string' || config === null) return null
  const initialState = state == null ? undefined : targetStateOf(scalarText(state) ?? '')
  if (state != null && initialState === undefined) throw fileError(`Connector configuration at '${file}' has the unknown initial_state '${scalarText(state) ?? ''}'. Use RUNNING, PAUSED or STOPPED.`)
  if (config['name'] !== undefined && config['name'] !== name) throw fileError(`Connector name configuration in 'config' doesn't match the one specified in 'name' at '${file}'`)
  return { name, config: { ...config, name }, initialState }
}

/** Understands the bytes of a connector file: a flat JSON object, a JSON request with `name` and `config`, else properties; whatever its extension. */
export function connectorFileOf (bytes: Uint8Array, file: string): ConnectorFile {
  const json = parseJson(bytes)
  const flat = flatConfig(json)
  if (flat !== null) return withName(file, flat, undefined)
  if (typeof json === 'object' && json !== null) {
    const request = fromRequest(file, json)
    if (request !== null) return request
    throw fileError(`Connector configuration at '${file}' is JSON, but neither an object of text, numbers and booleans nor one with "name" and "config".`)
  }
  return withName(file, Object.fromEntries(propertiesOf(bytes, file)), undefined)
}

/** Reads a connector file. Throws a ConnectError of kind `config` that names it. */
export async function loadConnectorFile (file: string): Promise<ConnectorFile> {
  return connectorFileOf(await readConfigFile(file), file)
}
