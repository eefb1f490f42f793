import { varintBytes } from './message-indexes.ts'
import { ProtobufReader } from './protobuf-reader.ts'
import { wireType } from './protobuf-scalars.ts'
import { isMessage } from './proto-types.ts'
import type { FieldType, MessageType } from './proto-types.ts'

/** A message within, by the parts it came in. */
interface Joined { readonly number: number, readonly type: MessageType, readonly parts: Uint8Array[] }

/**
 * The same message with each message within in one part. Protobuf lets one come in several, to be merged, so that messages can be joined by joining their
 * bytes. Hardly anybody does: the reader has no room for it, and calls for this. Throws for bytes that do not fit.
 */
export function joinedParts (bytes: Uint8Array, message: MessageType): Uint8Array {
  /** Stretches of the message: bytes as they are, or messages. */
  const pieces = new Set<Uint8Array | Joined>()
  /** Messages that further parts belong to, by the numbers of their fields. */
  const open = new Map<number, Joined>()
  const fields = fieldsByNumber(message)
  const others = new Map<number, readonly FieldType[]>(message.oneofs.flatMap(({ fields }) => fields.map(field => [field.number, fields.filter(one => one !== field)])))
  const from = new ProtobufReader()
  from.start(bytes, 0)
  while (from.more()) {
    const start = from.place()
    const tag = from.tag()
    const number = tag >>> 3
    const field = fields.get(number)
    // A member of a oneof takes the place of the others.
    for (const other of others.get(number) ?? []) {
      const before = open.get(other.number)
      if (before !== undefined) pieces.delete(before)
      open.delete(other.number)
    }
    if (field === undefined || !isMessage(field.type) || (tag & 7) !== 2) {
      from.skip(tag)
      pieces.add(from.since(start))
      continue
    }
    const part = from.slice()
    checkPart(part, field.type)
    const before = field.isRepeated ? undefined : open.get(number)
    if (before !== undefined) before.parts.push(part)
    else {
      const joined = { number, type: field.type, parts: [part] }
      pieces.add(joined)
      open.set(number, joined)
    }
  }
  return Buffer.concat([...pieces].flatMap(piece => piece instanceof Uint8Array ? [piece] : withContent(piece.number, joinedParts(Buffer.concat(piece.parts), piece.type))))
}

function withContent (number: number, content: Uint8Array): Uint8Array[] { return [varintBytes(number * 8 + 2), varintBytes(content.length), content] }

function fieldsByNumber ({ fields, oneofs }: MessageType): ReadonlyMap<number, FieldType> {
  return new Map([...fields, ...oneofs.flatMap(oneof => oneof.fields)].map(field => [field.number, field]))
}

/** Each part must fit by itself, also one that another member of its oneof takes the place of. */
function checkPart (part: Uint8Array, message: MessageType): void {
  const fields = fieldsByNumber(message)
  const from = new ProtobufReader()
  from.start(part, 0)
  while (from.more()) {
    const tag = from.tag()
    const field = fields.get(tag >>> 3)
    if (field === undefined || (tag & 7) !== 2) from.skip(tag)
    else checkDelimited(from, field)
  }
}

function checkDelimited (from: ProtobufReader, field: FieldType): void {
  const { type, isRepeated, isUtf8 } = field
  const wire = wireType(field)
  if (isMessage(type)) checkPart(from.slice(), type)
  else if (type === 'string' && isUtf8) from.string()
  else if (wire === 2 || !isRepeated) from.slice()
  else {
    const end = from.enter()
    while (from.more()) from.skip(wire)
    from.leave(end)
  }
}
