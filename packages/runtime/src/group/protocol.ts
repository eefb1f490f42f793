/**
 * The bytes that Connect workers exchange through Kafka's group protocol, version by version as Java's ConnectProtocol and
 * IncrementalCooperativeConnectProtocol write them (KIP-415, KIP-507), so that both kinds of worker can share a group.
 */

/** Work of one worker: connector objects and tasks. */
export interface Work {
  readonly connectors: readonly string[]
  readonly tasks: readonly { readonly connector: string, readonly task: number }[]
}

export const noWork: Work = Object.freeze({ connectors: Object.freeze([]), tasks: Object.freeze([]) })

/** What a worker says of itself when it joins. */
export interface MemberMetadata {
  readonly version: number
  /** REST address of the worker, such as `http://host:8083/`. */
  readonly url: string
  /** Next position in the config topic that the worker has read. */
  readonly configOffset: number
  /** Work that the worker runs now; null before its first assignment, and always in version 0. */
  readonly current: Work | null
}

/** What the leader tells a worker to do. */
export interface Assignment {
  readonly version: number
  /** 0: none. 1: the leader's view of the config topic is older than a member's; read it and join again. */
  readonly error: number
  readonly leader: string
  readonly leaderUrl: string
  readonly configOffset: number
  /** All work in version 0; newly added work from version 1 on. */
  readonly assigned: Work
  /** Work to stop; only from version 1 on. */
  readonly revoked: Work
  /** Milliseconds until everybody should join again; 0: no such plan. */
  readonly delayMs: number
}

/** Wire names of the protocols a worker offers for each `connect.protocol`, the preferred first. */
export const protocolNames = {
  eager: ['default'],
  compatible: ['compatible', 'default'],
  sessioned: ['sessioned', 'compatible', 'default']
} as const

export type ConnectProtocol = keyof typeof protocolNames

/** Version of the bytes of a protocol, by wire name. */
export const protocolVersion: Readonly<Record<string, number>> = { default: 0, compatible: 1, sessioned: 2 }

/** Java's name of a protocol by its version, for metrics; empty when the group has not agreed on one yet. */
export function protocolName (version: number | null): string { return version === null ? '' : ['EAGER', 'COMPATIBLE', 'SESSIONED'][version] ?? '' }

class Writer {
  #bytes = Buffer.alloc(256)
  #at = 0

  #room (size: number): number {
    if (this.#at + size > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(Math.max(size, this.#bytes.length))])
    const at = this.#at
    this.#at += size
    return at
  }

  int16 (value: number): void { const at = this.#room(2); this.#bytes.writeInt16BE(value, at) }
  int32 (value: number): void { const at = this.#room(4); this.#bytes.writeInt32BE(value, at) }
  int64 (value: number): void { const at = this.#room(8); this.#bytes.writeBigInt64BE(BigInt(value), at) }

  string (value: string): void {
    const text = Buffer.from(value)
    this.int16(text.length)
    const at = this.#room(text.length)
    text.copy(this.#bytes, at)
  }

  bytes (value: Uint8Array | null): void {
    this.int32(value === null ? -1 : value.length)
    if (value === null) return
    const at = this.#room(value.length)
    this.#bytes.set(value, at)
  }

  done (): Buffer { return this.#bytes.subarray(0, this.#at) }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor (bytes: Uint8Array) { this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }

  get left (): number { return this.#bytes.length - this.#at }

  int16 (): number { this.#at += 2; return this.#bytes.readInt16BE(this.#at - 2) }
  int32 (): number { this.#at += 4; return this.#bytes.readInt32BE(this.#at - 4) }
  int64 (): number { this.#at += 8; return Number(this.#bytes.readBigInt64BE(this.#at - 8)) }

  string (): string {
    const length = this.int16()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  bytes (): Uint8Array | null {
    const length = this.int32()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

/** Tasks are grouped by connector; the connector object itself is task -1. */
function writeWork (writer: Writer, work: Work): void {
  const byConnector = new Map<string, number[]>()
  const of = (connector: string): number[] => {
    const list = byConnector.get(connector) ?? []
    byConnector.set(connector, list)
    return list
  }
  for (const connector of work.connectors) of(connector).push(-1)
  for (const { connector, task } of work.tasks) of(connector).push(task)
  writer.int32(byConnector.size)
  for (const [connector, tasks] of byConnector) {
    writer.string(connector)
    writer.int32(tasks.length)
    for (const task of tasks) writer.int32(task)
  }
}

function readWork (reader: Reader): Work {
  const count = reader.left >= 4 ? reader.int32() : -1
  if (count < 0) return noWork
  const connectors: string[] = []
  const tasks: { connector: string, task: number }[] = []
  for (let i = 0; i < count; i++) {
    const connector = reader.string()
    for (let left = reader.int32(); left > 0; left--) {
      const task = reader.int32()
      if (task === -1) connectors.push(connector)
      else tasks.push({ connector, task })
    }
  }
  return { connectors, tasks }
}

/** Metadata of a member, for JoinGroup. */
export function writeMetadata (metadata: MemberMetadata): Uint8Array {
  const writer = new Writer()
  writer.int16(metadata.version)
  writer.string(metadata.url)
  writer.int64(metadata.configOffset)
  if (metadata.version > 0) {
    writer.bytes(metadata.current === null
      ? null
      : writeAssignment({ version: metadata.version, error: 0, leader: '', leaderUrl: '', configOffset: metadata.configOffset, assigned: metadata.current, revoked: noWork, delayMs: 0 }))
  }
  return writer.done()
}

/** Reads metadata of a member. Unknown newer versions are read as the known ones. */
export function readMetadata (bytes: Uint8Array): MemberMetadata {
  const reader = new Reader(bytes)
  const version = reader.int16()
  const url = reader.string()
  const configOffset = reader.int64()
  const current = version > 0 && reader.left >= 4 ? reader.bytes() : null
  return { version, url, configOffset, current: current === null || current.length === 0 ? null : readAssignment(current).assigned }
}

/** An assignment, for SyncGroup. */
export function writeAssignment (assignment: Assignment): Uint8Array {
  const writer = new Writer()
  writer.int16(assignment.version)
  writer.int16(assignment.error)
  writer.string(assignment.leader)
  writer.string(assignment.leaderUrl)
  writer.int64(assignment.configOffset)
  writeWork(writer, assignment.assigned)
  if (assignment.version > 0) {
    writeWork(writer, assignment.revoked)
    writer.int32(assignment.delayMs)
  }
  return writer.done()
}

/** Reads an assignment; what an older writer left out is empty. */
export function readAssignment (bytes: Uint8Array): Assignment {
  const reader = new Reader(bytes)
  const version = reader.int16()
  const error = reader.int16()
  const leader = reader.string()
  const leaderUrl = reader.string()
  const configOffset = reader.int64()
  const assigned = readWork(reader)
  const revoked = version > 0 ? readWork(reader) : noWork
  const delayMs = version > 0 && reader.left >= 4 ? reader.int32() : 0
  return { version, error, leader, leaderUrl, configOffset, assigned, revoked, delayMs }
}
