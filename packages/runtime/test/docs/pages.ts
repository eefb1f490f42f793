import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** The text of a page, by its path from the root. */
export const readPage = (page: string): Promise<string> => readFile(join(root, page), 'utf8')

/** All pages of the repository that users read. */
export const pages: readonly string[] = [
  'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md',
  ...(await readdir(join(root, 'examples'))).map(name => `examples/${name}/README.md`),
  ...(await readdir(join(root, 'docs'))).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)
]

/** Blocks of code of a page: those of a language, or those that are indented. */
export function blocksOf (page: string, language: string): string[] {
  if (language !== '') return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)
  return [...page.replace(/^```[^]*?^```/gm, '').matchAll(/(?:^ {4}\S.*\n)+/gm)].map(([block]) => block.replace(/^ {4}/gm, ''))
}

/** A row of a table as its cells. */
export function cellsOf (line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map(cell => cell.trim().replaceAll('\\|', '|'))
}
