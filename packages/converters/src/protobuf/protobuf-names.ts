/** The message of a map's entries: `attrs` is `attrsEntry`, `my_attrs` is `MyAttrsEntry`. */
export function mapEntryName (name: string): string {
  const camel = name.includes('_') ? name.split('_').map(word => word.slice(0, 1).toUpperCase() + asciiLower(word.slice(1))).join('') : name
  return `${camel}Entry`
}

/** The name of a map whose entries are of this message: `a.MyAttrsEntry` is `a.my_attrs`. */
export function mapName (entryName: string): string {
  const at = entryName.lastIndexOf('.') + 1
  const name = entryName.slice(at)
  if (!name.endsWith('Entry')) return entryName
  return entryName.slice(0, at) + name.slice(0, -'Entry'.length).replace(/(?!^)[A-Z]/g, '_$&').replace(/[A-Z]/g, asciiLower)
}

function asciiLower (text: string): string { return text.replace(/[A-Z]/g, letter => letter.toLowerCase()) }

/** A name of letters, digits and underscores alone, as Java's converter makes it with `scrub.invalid.names`. */
export function scrubName (name: string): string {
  if (name === '' || /^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return name
  // As in addresses: é becomes %C3%A9, a blank +.
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/%20/g, '+').replace(/[!'()~]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return (/^[0-9_]/.test(encoded) ? `x${encoded}` : encoded).replace(/[^A-Za-z0-9_]/g, '_')
}
