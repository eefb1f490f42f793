import { ConnectError } from '@tributary/plugin'
import t from 'tap'
import { maskSecrets } from '../../src/config/mask-secrets.ts'
import type { Plugins } from '../../src/config/plugins.ts'
import { onePlugin } from '../rest/rest-app.ts'

const config = { 'connector.class': 'QueueSource', 'queue.url': 'u', 'queue.password': 'hunter2' }

t.test('what the plugin declares a secret is hidden, the rest is not', async t => {
  t.same(await maskSecrets(config, onePlugin), { ...config, 'queue.password': '[hidden]' })
})

t.test('a reference to a config provider is no secret', async t => {
  const referring = { ...config, 'queue.password': '${file:/s:pw}' }
  t.same(await maskSecrets(referring, onePlugin), referring)
})

t.test('where the plugin cannot be loaded, keys that sound like secrets are hidden', async t => {
  const broken: Plugins = { list: () => [], find: async () => { throw new ConnectError('PLUGIN_BROKEN', 'config', 'broken') } }
  t.same(await maskSecrets({ ...config, 'api.token': 'x', tokens: 'y' }, broken), { ...config, 'queue.password': '[hidden]', 'api.token': '[hidden]', tokens: 'y' })
})
