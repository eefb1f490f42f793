import * as nodeModule from 'node:module'

const contract = '@tributary/plugin'
const product = new URL('../../../', import.meta.url).href
let isShared = false

/** Whether a module comes with the product. */
export function isOwn (module: string): boolean { return module.startsWith(product) }

/**
 * Gives plugins from elsewhere the worker's own `@tributary/plugin`, whatever copy they have installed, as Java's workers do with connect-api.
 * With two copies a `Decimal` of the plugin would be none to a converter, since classes are compared. Does nothing for the product's own modules,
 * whose imports lead there anyway, nor on a Node before 22.15; plugins use their own copy then.
 */
export function shareContract (module: string): void {
  if (isShared || isOwn(module) || typeof nodeModule.registerHooks !== 'function') return
  isShared = true
  const url = import.meta.resolve(contract)
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => specifier === contract ? { url, format: 'module', shortCircuit: true } : next(specifier, context)
  })
}
