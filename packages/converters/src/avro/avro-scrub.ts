/** Bytes that java.net.URLEncoder leaves as they are. */
const unescaped = /[A-Za-z0-9.*_-]/

/** A name as Avro allows it, as Confluent's `scrub.invalid.names` changes it: escaped as in a URL, with underscores for what is no letter or digit. */
export function scrubbed (name: string): string {
  if (name === '' || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  let encoded = ''
  for (const character of name) {
    if (character === ' ') encoded += '+'
    else if (unescaped.test(character)) encoded += character
    else for (const byte of Buffer.from(character)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  const prefixed = /^[0-9]/.test(encoded) ? `x${encoded}` : encoded
  return prefixed.replace(/[^A-Za-z0-9_]/g, '_')
}
