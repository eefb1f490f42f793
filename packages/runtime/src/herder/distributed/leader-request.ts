import type { DistributedWorkerConfig } from '../../config/worker-config.ts'
import type { GroupSession } from '../../group/group-session.ts'
import { askWorker } from '../../rest/forward.ts'
import type { ConfigTopic } from '../../storage/config-topic.ts'
import { RestError } from '../rest-error.ts'
import { sign } from './signature.ts'

const leaderTimeoutMs = 90_000

/** The answer when nobody is known to lead; Java's words. */
export const noLeader = 'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.'

export interface LeaderAccess {
  readonly settings: DistributedWorkerConfig
  readonly config: ConfigTopic
  readonly session: GroupSession
}

/** Asks the leader of the group for something, signed where the group's protocol wants it. Throws a RestError with its status and message. */
export async function askLeader ({ settings, config, session }: LeaderAccess, method: 'POST' | 'PUT', path: string, body: Uint8Array | null): Promise<void> {
  const { membership } = session
  if (membership === null || membership.leaderUrl === '') throw new RestError(409, noLeader)
  const headers: Record<string, string> = {}
  if (membership.version >= 2) {
    const key = config.state.sessionKey
    if (key === null) throw new RestError(503, 'There is no session key yet.')
    const signature = sign(body ?? new Uint8Array(), key, settings.values['inter.worker.signature.algorithm'])
    headers['x-connect-authorization'] = signature.key
    headers['x-connect-request-signature-algorithm'] = signature.algorithm
  }
  const { status, body: answer } = await askWorker({ worker: settings, timeoutMs: leaderTimeoutMs }, new URL(path, membership.leaderUrl), { method, body, headers })
  if (status >= 400) throw new RestError(status, (answer as { message?: string } | undefined)?.message ?? `The leader answered ${status}.`)
}
