import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { configError } from '@tributary/plugin'

/** Schemas are a few kilobytes, files of options rarely more than a few megabytes; anything else was not meant. */
const mostBytes = 64 * 1024 * 1024

/** The file that a path means: from the working directory, else from `folder`; null when there is none. */
function found (path: string, folder: string | null): string | null {
  const places = folder === null || isAbsolute(path) ? [resolve(path)] : [resolve(path), join(folder, path)]
  return places.find(place => statSync(place, { throwIfNoEntry: false }) !== undefined) ?? null
}

/**
 * The content of a file that a schema or configuration names. Whoever may create connectors may name any file that the worker can read, so only plain
 * files of a bounded size are read, never a device or pipe, and no error shows what is in them. Throws a ConnectError that begins with `what`.
 */
export function readNamedFile (path: string, what: string, folder: string | null = null): Buffer {
  try {
    const place = found(path, folder)
    if (place === null) throw configError(`${what} "${path}" is not in ${[process.cwd(), ...folder === null || isAbsolute(path) ? [] : [folder]].join(' or ')}: give its full path.`)
    const stat = statSync(place)
    if (!stat.isFile()) throw configError(`${what} "${path}" is no plain file.`)
    if (stat.size > mostBytes) throw configError(`${what} "${path}" has ${stat.size} bytes; at most ${mostBytes} are read.`)
    return readFileSync(place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined || (error as { kind?: unknown }).kind === 'config') throw error
    throw configError(`${what} "${path}" cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
