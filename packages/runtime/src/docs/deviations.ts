/** What a key belongs to: the compatibility page says of some lists that they are about one of them only. */
export type Scope = 'worker' | 'connector'

/** Speaks of what callers send, not of keys that behave otherwise. */
const aboutRequests = 'REST: another status than Java\'s'

/** The fragment that a heading of Markdown gets on GitHub. */
export function anchorOf (heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-')
}

/** Which keys the compatibility page speaks of, and where; so a difference is written down once, there. */
export class Deviations {
  readonly #anchors: Readonly<Record<Scope, Map<string, string>>> = { worker: new Map(), connector: new Map() }

  /** `page`: the text of docs/compatibility.md. Keys stand in it as `code`, with or without a value. */
  constructor (page: string) {
    let anchor = ''
    let scopes: readonly Scope[] = ['worker', 'connector']
    for (const line of page.split('\n')) {
      const heading = /^##+ (.*)/.exec(line)?.[1]
      if (heading !== undefined) {
        anchor = anchorOf(heading)
        scopes = heading === aboutRequests ? [] : ['worker', 'connector']
      }
      const only = /^(Worker|Connector) keys that /.exec(line)?.[1]?.toLowerCase() as Scope | undefined
      if (only !== undefined) scopes = [only]
      for (const [, key = ''] of line.matchAll(/`([a-z][a-z0-9._]*)(?:=[^`]*)?`/g)) for (const scope of scopes) if (!this.#anchors[scope].has(key)) this.#anchors[scope].set(key, anchor)
    }
  }

  /** A link to what is said of a key; null when it is Java's. */
  link (key: string, scope: Scope): string | null {
    const anchor = this.#anchors[scope].get(key)
    return anchor === undefined ? null : `[Differs](compatibility.md#${anchor}) from Java's.`
  }
}
