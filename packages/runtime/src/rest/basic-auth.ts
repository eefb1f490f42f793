import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { configError } from '@tributary/plugin'
import { loadProperties, readConfigFile } from '../config/properties.ts'

const propertyFileModule = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'
// Workers sign these, so they need no password.
const signed = [['POST', /^\/connectors\/[^/]+\/tasks\/?$/], ['PUT', /^\/connectors\/[^/]+\/fence\/?$/]] as const

/** The path of the JAAS file, from where Java is told it: `-Djava.security.auth.login.config=...` in KAFKA_OPTS or EXTRA_ARGS. */
function jaasFile (environment: NodeJS.ProcessEnv): string {
  const flag = /-Djava\.security\.auth\.login\.config=(?:"([^"]+)"|'([^']+)'|(\S+))/
  for (const text of [environment['KAFKA_OPTS'], environment['EXTRA_ARGS']]) {
    const [, double, single, bare] = flag.exec(text ?? '') ?? []
    const path = double ?? single ?? bare
    if (path !== undefined) return path
  }
  throw configError('BasicAuthSecurityRestExtension needs a JAAS file: set KAFKA_OPTS="-Djava.security.auth.login.config=/path/to/jaas.conf".')
}

/** The password file that a JAAS file names for the entry `KafkaConnect`. */
export function passwordFile (jaas: string, file: string): string {
  const text = jaas.replace(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|#).*$/gm, '')
  const entry = /(?:^|[;}\s])KafkaConnect\s*\{([^}]*)\}/.exec(text)?.[1]
  if (entry === undefined) throw configError(`${file} has no entry KafkaConnect { ... }.`)
  const [, module, , options = ''] = /^\s*([\w.$]+)\s+(required|requisite|sufficient|optional)\s*([^;]*);/i.exec(entry) ?? []
  if (module !== propertyFileModule) throw configError(`The entry KafkaConnect of ${file} must use ${propertyFileModule}; others cannot run here.`)
  const path = /\bfile\s*=\s*(?:"([^"]*)"|(\S+))/.exec(options)
  if (path === null) throw configError(`The entry KafkaConnect of ${file} must say file="...", with lines user=password.`)
  return path[1] ?? path[2]!
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function isAllowed (header: string | undefined, digests: ReadonlyMap<string, Buffer>): boolean {
  const encoded = /^Basic +(\S+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return false
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return false
  const expected = digests.get(text.slice(0, colon))
  return timingSafeEqual(expected ?? digest(''), digest(text.slice(colon + 1))) && expected !== undefined
}

/** HTTP Basic against the users of a properties file, for everything but signed requests between workers. */
export async function basicAuth (app: FastifyInstance, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const jaas = jaasFile(environment)
  const file = passwordFile(Buffer.from(await readConfigFile(jaas)).toString('utf8'), jaas)
  const users = await loadProperties(file)
  // Java lets everybody in then.
  if (users.size === 0) throw configError(`The password file ${file} names no user, so nobody could use REST. Add lines user=password.`)
  const digests = new Map([...users].map(([user, password]) => [user, digest(password)]))
  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    if (signed.some(([method, pattern]) => method === request.method && pattern.test(path))) return
    if (isAllowed(request.headers.authorization, digests)) return
    return reply.code(401).header('www-authenticate', 'Basic realm="Kafka Connect"').type('text/plain').send('User cannot access the resource.')
  })
}
