/** A route as fastify declares it. */
export interface Route { readonly url: string, readonly method: string, readonly schema: object }

/** Remembers all routes of a server: for OPTIONS and 405, and for the OpenAPI document. */
export class RouteTable {
  readonly #routes: Route[] = []
  readonly #patterns = new Map<string, RegExp>()

  /** Called for each route that is declared. */
  add (url: string, method: string | readonly string[], schema: object | undefined): void {
    for (const one of typeof method === 'string' ? [method] : method) this.#routes.push({ url, method: one, schema: schema ?? {} })
    this.#patterns.set(url, new RegExp(`^${url.replace(/[.+*?^${}()|[\]\\]/g, '\\$&').replace(/:[a-zA-Z]+/g, '[^/]+')}/?$`))
  }

  list (): readonly Route[] { return this.#routes }

  /** Methods that a path takes, in Kafka's order and with OPTIONS; empty for an unknown path. */
  methodsOf (url: string): string[] {
    const path = url.split('?', 1)[0]!
    const found = new Set(this.#routes.filter(route => this.#patterns.get(route.url)!.test(path)).map(route => route.method))
    return found.size === 0 ? [] : [...['HEAD', 'DELETE', 'POST', 'GET', 'PUT', 'PATCH'].filter(method => found.has(method)), 'OPTIONS']
  }
}
