import type { RouteTable } from './route-table.ts'

/** The OpenAPI document of all routes of a server. Made when first asked for, so that no start waits for it. */
export async function openApiDocument (routes: RouteTable, version: string): Promise<object> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([import('fastify'), import('@fastify/swagger')])
  // Swagger looks at routes as they are declared: here, again, without anything behind them.
  const app = fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => value => JSON.stringify(value))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tributary', description: 'The REST API of Kafka Connect', version }
    }
  })
  for (const { url, method, schema } of routes.list()) {
    if (method === 'HEAD') continue
    app.route({ method: method as 'GET', url, schema, handler: () => null })
  }
  try {
    await app.ready()
    return app.swagger()
  } finally {
    await app.close()
  }
}
