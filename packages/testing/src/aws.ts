import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProcess, type LocalProcess } from './process.ts'

const program = fileURLToPath(new URL('../../../.tributary/ministack/bin/ministack', import.meta.url))

/** A local Kinesis, S3, DynamoDB and CloudWatch at one URL. Any credentials will do. */
export interface LocalAws extends LocalProcess {
  readonly endpoint: string
}

/** Starts a local AWS with its state in `folder`. Never reshard a stream on it: it drops records then. */
export async function startAws (options: { folder: string, port?: number }): Promise<LocalAws> {
  if (!existsSync(program)) throw new Error(`The local AWS is not at ${program}. Run "npm run setup" at the root of the repository.`)
  const port = options.port ?? await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  await mkdir(join(options.folder, 's3'), { recursive: true })
  const running = await startProcess(program, [], {
    cwd: options.folder,
    logFile: join(options.folder, 'aws.log'),
    env: { BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), PERSIST_STATE: '1', STATE_DIR: join(options.folder, 'state'), S3_PERSIST: '1', S3_DATA_DIR: join(options.folder, 's3') },
    ready: async () => (await fetch(`${endpoint}/_ministack/health`)).status < 500
  })
  return { ...running, endpoint }
}
