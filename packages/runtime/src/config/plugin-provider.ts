import { setTimeout as sleep } from 'node:timers/promises'
import { configError, ConnectError, configOf, type ConfigObject, type ConfigProviderDefinition, type ProvidedValues, type RawConfig } from '@tributary/plugin'
import { messageOf } from '../error-handling/java-error.ts'
import type { ConfigProvider, Provided } from './providers.ts'

/** Requests to REST wait for configurations, 90 s at most. */
const answerMs = 30_000

function provided (answer: ProvidedValues, name: string): Provided {
  const { values, ttlMs = null } = (answer as Partial<ProvidedValues> | null | undefined) ?? {}
  if (typeof values !== 'object' || values === null || !Object.values(values).every(value => typeof value === 'string')) {
    throw new ConnectError('PLUGIN_MISTAKE', 'system', `The config provider ${name} must answer { values: { key: 'text' }, ttlMs }. This is a mistake of the plugin.`)
  }
  return { values: new Map(Object.entries(values)), ttlMs }
}

async function inTime (answer: ProvidedValues | Promise<ProvidedValues>, name: string): Promise<ProvidedValues> {
  if (!(answer instanceof Promise)) return answer
  using stack = new DisposableStack()
  const end = stack.adopt(new AbortController(), controller => { controller.abort() })
  const late = sleep(answerMs, null, { signal: end.signal }).then(() => { throw new ConnectError('PROVIDER_HANGS', 'system', `The config provider ${name} has not answered within ${answerMs} ms.`) })
  // Nobody waits for it any more once there is an answer.
  late.catch(() => {})
  return await Promise.race([answer, late])
}

/** A config provider that a plugin brings. `parameters`: those under `config.providers.<name>.param.`. Throws when they are wrong, or it cannot be opened. */
export async function openPluginProvider (definition: ConfigProviderDefinition, name: string, parameters: RawConfig): Promise<ConfigProvider> {
  let parsed
  try {
    parsed = configOf(definition.config as ConfigObject, parameters)
  } catch (cause) {
    throw configError(`The config provider ${name} cannot be configured by config.providers.${name}.param.*: ${messageOf(cause)}`, { cause })
  }
  const provider = await definition.open(parsed as never, parameters)
  return {
    async get (path, keys) {
      const { values, ttlMs } = provided(await inTime(provider.get(path, [...keys]), name), name)
      return { values: new Map([...values].filter(([key]) => keys.has(key))), ttlMs }
    }
  }
}
