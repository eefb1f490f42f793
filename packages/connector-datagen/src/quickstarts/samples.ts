/** Made-up values that several quickstarts share, so that their topics can be joined. */
const firstNames = ['Ada', 'Bruno', 'Chiara', 'Dmitri', 'Elif', 'Farid', 'Greta', 'Hana', 'Ivo', 'Jun']
const lastNames = ['Alvarez', 'Brandt', 'Chen', 'Dubois', 'Eriksen', 'Fischer', 'Gupta', 'Haddad', 'Ito', 'Jansen']

/** The i-th value of a list that begins anew at its end. */
export function nth<T> (values: readonly T[], i: number): T {
  return values[i % values.length]!
}

export function list<T> (length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i))
}

export const firstName = (i: number): string => nth(firstNames, i)
export const lastName = (i: number): string => nth(lastNames, Math.floor(i / firstNames.length))
export const people = list(100, i => `${firstName(i)} ${lastName(i)}`)

/** Numbers that look random: 0 to below `below`. */
export function scattered (i: number, below: number): number {
  return (Math.imul(i + 1, 0x9e3779b1) >>> 8) % below
}

/** Addresses of the blocks that RFC 5737 and RFC 2544 keep for examples and tests. */
export const addresses = list(100, i => `198.${18 + (i % 2)}.${scattered(i, 256)}.${1 + scattered(i + 100, 254)}`)

export const identifier = (i: number): string => {
  const hex = list(4, part => (Math.imul(i + 1, 0x9e3779b1 + part * 0x7f4a7c16) >>> 0).toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const email = (i: number): string => `${firstName(i)}.${lastName(i)}${i}@example.com`.toLowerCase()
export const cities = [['Raleigh', 'NC'], ['Chicago', 'IL'], ['Sacramento', 'CA'], ['Austin', 'TX'], ['Boston', 'MA'], ['Denver', 'CO'], ['Portland', 'OR']] as const
