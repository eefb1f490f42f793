/** The headers that `response.http.headers.config` adds to REST's answers. */

/** One rule: what to do with which header. `date` rules write the time given in milliseconds. */
export interface HeaderRule {
  readonly action: 'set' | 'add'
  readonly isDate: boolean
  readonly name: string
  readonly value: string
}

const actions = ['set', 'add', 'setDate', 'addDate']

/** Splits at commas outside items in double quotes, which are dropped, as Jetty's `csvSplit` does. */
export function splitHeaderRules (text: string): string[] {
  const rules: string[] = []
  let rule = ''
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '\\' && isQuoted && i + 1 < text.length) rule += text[++i]
    else if (char === '"' && (isQuoted || rule.trim() === '')) isQuoted = !isQuoted
    else if (char === ',' && !isQuoted) {
      rules.push(rule.trim())
      rule = ''
    } else rule += char
  }
  return text.trim() === '' ? [] : [...rules, rule.trim()]
}

function parts (rule: string): { words: string[], header: string[] } {
  const text = rule.trim()
  const gap = /\s+/.exec(text)
  const words = gap === null ? [text] : [text.slice(0, gap.index), text.slice(gap.index + gap[0].length)]
  return { words, header: (words[1] ?? '').trim().replace(/:+$/, '').split(':') }
}

/** What is wrong with a rule, in Kafka's words, or null. */
export function headerRuleProblem (rule: string): string | null {
  const { words, header } = parts(rule)
  if (words.length !== 2) return `Invalid format of header config '${rule}'. Expected: '[action] [header name]:[header value]'`
  if (!actions.some(action => action.toLowerCase() === words[0]!.toLowerCase())) return `Invalid header config action: '${words[0]}'. Expected one of [${actions.join(', ')}]`
  if (header.length !== 2) return `Invalid format of header name and header value pair '${words[1]}'. Expected: '[header name]:[header value]'`
  const name = header[0]!.trim()
  return name === '' || /\s/.test(name) ? `Invalid header name '${name}'. The '[header name]' cannot contain whitespace` : null
}

/** The rules of a text that was found valid. */
export function headerRules (text: string): HeaderRule[] {
  return splitHeaderRules(text).map(rule => {
    const { words, header } = parts(rule)
    const action = words[0]!.toLowerCase()
    return { action: action.startsWith('set') ? 'set' : 'add', isDate: action.endsWith('date'), name: header[0]!.trim(), value: header[1]!.trim() }
  })
}
