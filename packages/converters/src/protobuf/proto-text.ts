import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './proto-file.ts'

/** In `field_meta` these have their value before their key, as Confluent's converters of old wrote it. */
const valueFirst = new Set(['precision', 'scale'])

/** The text of a file, as Confluent's converter registers it: registries compare texts. */
export function protoText ({ syntax, package: scope, imports, messages }: ProtoFile): string {
  const importLines = imports.map(path => `import "${path}";\n`).join('')
  return `syntax = "${syntax}";\n${scope === null ? '' : `package ${scope};\n`}${imports.length === 0 ? '' : `\n${importLines}`}\n${messages.map(messageText).join('')}`
}

/** Lines two blanks further in; those without text too. */
function indented (text: string): string { return text.replace(/^(?!$)|^(?=\n)/gm, '  ') }

function messageText ({ name, fields, oneofs, messages, enums }: ProtoMessage): string {
  const parts = [
    fields.map(fieldText),
    oneofs.map(({ name, fields }) => `oneof ${name} {\n${indented(fields.map(fieldText).join(''))}}\n`),
    [...messages.map(messageText), ...enums.map(enumText)]
  ].filter(part => part.length > 0)
  return `message ${name} {${parts.map(part => `\n${indented(part.join(''))}`).join('')}}\n`
}

function fieldText ({ name, number, label, type, parameters }: ProtoField): string {
  return `${label === null ? '' : `${label} `}${type} ${name} = ${number}${parameters.size === 0 ? '' : ` [(confluent.field_meta) = {\n  params: [\n${indented(indented(paramsText(parameters)))}\n  ]\n}]`};\n`
}

function paramsText (parameters: ReadonlyMap<string, string>): string {
  return [...parameters].map(([name, text]) => {
    const [key, value] = [`key: "${name}"`, `value: "${escaped(text)}"`]
    return `{\n  ${valueFirst.has(name) ? `${value},\n  ${key}` : `${key},\n  ${value}`}\n}`
  }).join(',\n')
}

function escaped (text: string): string {
  const short: Readonly<Record<string, string>> = { '\x07': 'a', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\', '\'': '\'', '"': '"' }
  return text.replace(/[^ -~]|[\\'"]/g, sign => short[sign] === undefined ? sign : `\\${short[sign]}`)
}

function enumText ({ name, values }: ProtoEnum): string {
  return `enum ${name} {\n${indented(values.map(value => `${value.name} = ${value.number};\n`).join(''))}}\n`
}
