import { gunzipSync, gzipSync } from 'node:zlib'
import { configError } from '@tributary/plugin'

/** A line of a manifest of s3-dist-cp. */
export interface ManifestEntry {
  /** URL of the object that was copied. */
  readonly path: string
  /** The same below `srcDir`. */
  readonly baseName: string
  readonly srcDir: string
  readonly size: number
}

/** A manifest: JSON lines in gzip. */
export function writeManifest (entries: readonly ManifestEntry[]): Buffer {
  return gzipSync(entries.map(({ path, baseName, srcDir, size }) => `${JSON.stringify({ path, baseName, srcDir, size })}\n`).join(''))
}

/** Entries of a manifest, compressed or not. Throws a ConnectError that names the line. */
export function readManifest (bytes: Buffer, name: string): ManifestEntry[] {
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString()
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      const { path, baseName, srcDir, size } = JSON.parse(line) as Partial<ManifestEntry>
      if (typeof path === 'string' && typeof baseName === 'string' && typeof srcDir === 'string' && typeof size === 'number') return [{ path, baseName, srcDir, size }]
    } catch { /* told below */ }
    throw configError(`Line ${i + 1} of the manifest ${name} is no entry: {"path": ..., "baseName": ..., "srcDir": ..., "size": ...} is expected.`)
  })
}
