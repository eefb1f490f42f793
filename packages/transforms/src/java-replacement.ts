import { ConnectError } from '@tributary/plugin'

/** One piece of a replacement: text, or the group of a match, by number or name. */
type Piece = string | { readonly group: number | string }

function refuse (message: string, javaClass = 'java.lang.IllegalArgumentException'): never {
  throw new ConnectError('REPLACEMENT', 'data', message, { javaClass })
}

/**
 * Replaces the first match as Java's `Matcher.replaceFirst` does: `$1` and `${name}` are groups, a backslash makes the next character
 * literal, digits belong to a group number while such a group exists. Throws where Java would, when a replacement is used.
 */
export function replaceFirst (text: string, regex: RegExp, replacement: string): string {
  const match = regex.exec(text)
  if (match === null) return text
  let inserted = ''
  for (const piece of parse(replacement, match)) {
    inserted += typeof piece === 'string' ? piece : (typeof piece.group === 'number' ? match[piece.group] : match.groups?.[piece.group]) ?? ''
  }
  return text.slice(0, match.index) + inserted + text.slice(match.index + match[0].length)
}

function parse (replacement: string, match: RegExpExecArray): Piece[] {
  const pieces: Piece[] = []
  for (let i = 0; i < replacement.length; i++) {
    const c = replacement[i]!
    if (c === '\\') {
      const next = replacement[++i]
      pieces.push(next ?? refuse('character to be escaped is missing'))
    } else if (c === '$') {
      const { group, length } = groupAt(replacement.slice(i + 1), match)
      pieces.push({ group })
      i += length
    } else {
      pieces.push(c)
    }
  }
  return pieces
}

function groupAt (rest: string, match: RegExpExecArray): { group: number | string, length: number } {
  if (rest === '') return refuse('Illegal group reference: group index is missing')
  const named = /^\{([a-zA-Z][a-zA-Z0-9]*)\}/.exec(rest)
  if (named !== null) {
    const name = named[1]!
    if (match.groups === undefined || !Object.hasOwn(match.groups, name)) return refuse(`No group with name {${name}}`)
    return { group: name, length: named[0].length }
  }
  if (rest.startsWith('{')) return refuse('named capturing group is missing trailing \'}\'')
  if (!/^[0-9]/.test(rest)) return refuse('Illegal group reference')
  let group = Number(rest[0])
  if (group >= match.length) return refuse(`No group ${group}`, 'java.lang.IndexOutOfBoundsException')
  let length = 1
  while (/[0-9]/.test(rest[length] ?? '') && group * 10 + Number(rest[length]) < match.length) group = group * 10 + Number(rest[length++])
  return { group, length }
}
