import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAws } from './aws.ts'
import { startKafka } from './kafka.ts'

/** A Kafka and a local AWS for one long check, which nobody else shares; disposing ends both and removes their files. */
export interface OwnServers extends AsyncDisposable {
  readonly bootstrap: string
  readonly endpoint: string
}

/** Starts a local AWS only. */
export async function startOwnAws (name: string): Promise<Omit<OwnServers, 'bootstrap'>> {
  await using cleanUp = new AsyncDisposableStack()
  const aws = await startAws({ folder: await ownFolder(name, cleanUp) })
  cleanUp.defer(() => aws.stop())
  const all = cleanUp.move()
  return { endpoint: aws.endpoint, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function ownFolder (name: string, cleanUp: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts them. `name`: beginning of the name of their folder. */
export async function startOwnServers (name: string): Promise<OwnServers> {
  await using cleanUp = new AsyncDisposableStack()
  const folder = await ownFolder(name, cleanUp)
  const kafka = await startKafka({ folder: join(folder, 'kafka') })
  cleanUp.defer(() => kafka.stop())
  const aws = await startAws({ folder: join(folder, 'aws') })
  cleanUp.defer(() => aws.stop())
  const all = cleanUp.move()
  return { bootstrap: kafka.bootstrap, endpoint: aws.endpoint, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
