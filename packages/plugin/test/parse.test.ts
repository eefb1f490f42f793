import t from 'tap'
import { configError, configOf, parseConfig, Password, redact, t as is, validateConfig, validators } from '@tributary/plugin'

const description = 'A key'

function problemOf (key: Parameters<typeof is.object>[0][string], raw: Record<string, string>): string | undefined {
  return parseConfig(is.object({ k: key }), raw).problems[0]?.message
}

t.test('text becomes values of the declared types', async t => {
  const config = is.object({
    flag: is.boolean({ description }),
    count: is.int({ description }),
    ratio: is.double({ description }),
    names: is.list({ description }),
    word: is.string({ description }),
    secret: is.password({ description })
  })
  const { value, problems } = parseConfig(config, { flag: ' TRUE ', count: '+3', ratio: '1e3', names: 'a , b,,c', word: ' x ', secret: ' s ' })
  t.same(problems, [])
  t.match(value, { flag: true, count: 3, ratio: 1000, names: ['a', 'b', '', 'c'], word: 'x' })
  t.ok(value.secret instanceof Password)
  t.equal(value.secret.value, 's')
})

t.test('empty text is the empty list', async t => {
  t.same(parseConfig(is.object({ k: is.list({ description }) }), { k: '  ' }).value, { k: [] })
})

t.test('an absent key takes its default, which may be null', async t => {
  t.same(parseConfig(is.object({ a: is.int({ description, default: 5 }), b: is.string({ description, default: null }) }), {}).value, { a: 5, b: null })
})

t.test('all problems are reported at once, in the order of declaration', async t => {
  const config = is.object({ a: is.int({ description }), b: is.string({ description }), c: is.boolean({ description }) })
  t.same(parseConfig(config, { a: 'x', c: 'maybe' }).problems, [
    { key: 'a', message: 'Invalid value x for configuration a: Not a number of type INT' },
    { key: 'b', message: 'Missing required configuration "b" which has no default value.' },
    { key: 'c', message: 'Invalid value maybe for configuration c: Expected value to be either true or false' }
  ])
})

t.test('configOf throws one error that lists all problems', async t => {
  t.throws(() => configOf(is.object({ a: is.int({ description }), b: is.string({ description }) }), { a: '1.5' }), configError(
    'Invalid value 1.5 for configuration a: Not a number of type INT\nMissing required configuration "b" which has no default value.'))
})

t.test('numbers past the limits of their type are refused', async t => {
  t.equal(problemOf(is.short({ description }), { k: '32768' }), 'Invalid value 32768 for configuration k: Not a number of type SHORT')
  t.equal(parseConfig(is.object({ k: is.int({ description }) }), { k: '\u0661\u0662' }).value['k'], 12)
  t.equal(problemOf(is.int({ description }), { k: '\u{1d7cf}' }), 'Invalid value \u{1d7cf} for configuration k: Not a number of type INT')
  t.equal(problemOf(is.int({ description }), { k: '2147483648' }), 'Invalid value 2147483648 for configuration k: Not a number of type INT')
  t.equal(problemOf(is.long({ description }), { k: '9223372036854775808' }), 'Invalid value 9223372036854775808 for configuration k: Not a number of type LONG')
  t.equal(problemOf(is.long({ description }), { k: '-9223372036854775808' }), undefined)
})

t.test('bounds are inclusive', async t => {
  const key = is.int({ description, min: 1, max: 10 })
  t.equal(problemOf(key, { k: '1' }), undefined)
  t.equal(problemOf(key, { k: '10' }), undefined)
  t.equal(problemOf(key, { k: '0' }), 'Invalid value 0 for configuration k: Value must be at least 1')
  t.equal(problemOf(key, { k: '11' }), 'Invalid value 11 for configuration k: Value must be no more than 10')
})

t.test('a bound does not forbid a default of null', async t => {
  t.equal(problemOf(is.int({ description, default: null, min: 1 }), {}), undefined)
})

t.test('words are checked, and given as declared where case does not count', async t => {
  t.equal(problemOf(is.enum(['a', 'b'], { description }), { k: 'c' }), 'Invalid value c for configuration k: String must be one of: a, b')
  t.same(parseConfig(is.object({ k: is.enum(['gzip', 'None'], { description, ignoreCase: true }) }), { k: 'NONE' }).value, { k: 'None' })
})

t.test('a check of the author explains itself in Java\'s form', async t => {
  t.equal(problemOf(is.string({ description, check: value => value.endsWith('/') ? null : 'Must end with a slash' }), { k: 'a' }), 'Invalid value a for configuration k: Must end with a slash')
})

t.test('a secret never shows in a message', async t => {
  t.equal(problemOf(is.password({ description, check: () => 'Too short' }), { k: 'hunter2' }), 'Invalid value [hidden] for configuration k: Too short')
})

t.test('an alias is read where the documented name is absent', async t => {
  const config = is.object({ 'new.name': is.string({ description, aliases: ['old.name'] }) })
  t.same(parseConfig(config, { 'old.name': 'a' }).value, { 'new.name': 'a' })
  t.same(parseConfig(config, { 'old.name': 'a', 'new.name': 'b' }).value, { 'new.name': 'b' })
})

t.test('a class that cannot be loaded is refused', async t => {
  const config = is.object({ k: is.class({ description }) })
  t.same(parseConfig(config, { k: 'x.Y' }, { classExists: () => false }).problems, [{ key: 'k', message: 'Invalid value x.Y for configuration k: Class x.Y could not be found.' }])
})

t.test('duplicates are dropped in use and refused in validation', async t => {
  const config = is.object({ k: is.list({ description, oneOf: ['a', 'b'] }) })
  t.same(parseConfig(config, { k: 'a,a' }).value, { k: ['a'] })
  t.same(validateConfig(config, { k: 'a,a' }).get('k')?.errors, ['Configuration \'k\' values must not be duplicated.'])
})

t.test('validation asks Kafka\'s rules even where the text is wrong', async t => {
  const config = is.object({ k: is.int({ description, validator: validators.atLeast(1) }) })
  t.same(validateConfig(config, { k: 'x' }).get('k')?.errors, [
    'Invalid value x for configuration k: Not a number of type INT',
    'Invalid value null for configuration k: Value must be non-null'
  ])
})

t.test('redact hides secrets under every name', async t => {
  const config = is.object({ secret: is.password({ description, aliases: ['pw'] }), user: is.string({ description }) })
  t.same(redact(config, { secret: 'a', pw: 'b', user: 'c' }), { secret: '[hidden]', pw: '[hidden]', user: 'c' })
})
