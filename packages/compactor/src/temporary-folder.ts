import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder in the system's place for temporary files (TMPDIR), which is gone when it is disposed of. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string

  private constructor (path: string) { this.path = path }

  static async create (): Promise<TemporaryFolder> { return new TemporaryFolder(await mkdtemp(join(tmpdir(), 's3-compact-'))) }

  async [Symbol.asyncDispose] (): Promise<void> { await rm(this.path, { recursive: true, force: true }) }
}
