import { trimJava } from './java-text.ts'

/** Cuts text at `: , { } [ ] "`, unless a backslash stands before; each of them is a token too. As the parser of Java's `Values`. */
export class ValueTokens {
  readonly text: string
  #at = 0
  #next: string | null = null
  previous: string | null = null

  constructor (text: string) { this.text = text }

  /** The place to go back to before the token that comes. */
  mark (): number { return this.#at - (this.#next?.length ?? 0) }

  rewind (mark: number): void {
    this.#at = mark
    this.#next = null
    this.previous = null
  }

  hasNext (): boolean { return this.#next !== null || this.#at < this.text.length }

  next (): string {
    this.previous = this.#next ?? this.#read()
    this.#next = null
    return this.previous
  }

  /** The text of the next `count` tokens; null, and nothing taken, if there are fewer. */
  nextText (count: number): string | null {
    const start = this.mark()
    for (let i = 0; i < count; i++) {
      if (!this.hasNext()) {
        this.rewind(start)
        return null
      }
      this.next()
    }
    return this.text.slice(start, this.#at)
  }

  /** Takes the next token if it is this one, blanks around it ignored. */
  takes (token: string): boolean {
    if (!this.hasNext()) return false
    this.#next ??= this.#read()
    while (trimJava(this.#next) === '' && this.#at < this.text.length) this.#next = this.#read()
    if (trimJava(this.#next) !== token) return false
    this.#next = null
    return true
  }

  #read (): string {
    const start = this.#at
    let isEscaped = false
    for (; this.#at < this.text.length; this.#at++) {
      const letter = this.text[this.#at]!
      if (letter === '\\') {
        isEscaped = !isEscaped
      } else {
        if (!isEscaped && ':,{}[]"'.includes(letter)) {
          if (start === this.#at) this.#at++
          break
        }
        isEscaped = false
      }
    }
    return this.text.slice(start, this.#at)
  }
}
