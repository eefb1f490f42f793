import { fileURLToPath } from 'node:url'

/** The first place in a stack that is a file, as `/path/file.js:3`; null if there is none. */
export function placeOf (stack: string | undefined): string | null {
  const [, url, line] = /(file:\/\/[^\s()]+?):(\d+)/.exec(stack ?? '') ?? []
  return url === undefined ? null : `${fileURLToPath(url)}:${line}`
}
