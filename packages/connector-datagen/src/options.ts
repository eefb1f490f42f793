import { configError } from '@tributary/plugin'
import { avroBinaryValues } from './avro-binary.ts'
import type { AvroSchema } from './avro-schema.ts'
import { isObject } from './annotations.ts'
import { parseLenientJson } from './lenient-json.ts'
import { optionValue } from './literals.ts'
import { readNamedFile } from './read-file.ts'

/** What to call the options in messages, and where their files may be besides the working directory. */
export interface OptionsPlace { readonly what: string, readonly folder: string | null }

/** The values of an "options" annotation: an array, or a file of values. Throws a ConnectError. */
export function readOptions (schema: AvroSchema, options: unknown, { what, folder }: OptionsPlace): readonly unknown[] {
  if (Array.isArray(options)) {
    if (options.length === 0) throw configError(`${what} cannot be empty.`)
    return options.map(option => optionValue(schema, option, what))
  }
  if (!isObject(options)) throw configError(`${what} must be an array of values, or an object with "file" and "encoding".`)
  const { file, encoding } = options
  if (typeof file !== 'string') throw configError(`${what} must name its "file", a text.`)
  if (encoding !== 'json' && encoding !== 'binary') throw configError(`${what} must have an "encoding" of "json" or "binary".`)
  const content = readNamedFile(file, `${what}: the file`, folder)
  const values = encoding === 'json' ? jsonValues(schema, content.toString(), file, what) : avroBinaryValues(schema, content, `${what} in ${file}`)
  if (values.length === 0) throw configError(`${what}: the file ${file} holds no value.`)
  return values
}

/** JSON values, one after another, as Avro's JSON decoder takes them; one on each line, or one that spans lines. */
function jsonValues (schema: AvroSchema, text: string, file: string, what: string): unknown[] {
  const parse = (part: string): unknown => {
    try {
      return parseLenientJson(part)
    } catch (error) {
      throw configError(`${what}: the file ${file} is not JSON: ${(error as Error).message}`, { cause: error })
    }
  }
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const values = lines.length > 1 && lines.every(isWhole) ? lines.map(parse) : [parse(text)]
  return values.map(value => optionValue(schema, value, `${what} in ${file}`))
}

function isWhole (line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
