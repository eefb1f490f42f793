import { t } from '@tributary/plugin'

/** `replace.null.with.default`, a key of many transforms. */
export const replaceNullWithDefault = t.boolean({
  description: 'Whether a null field that has a default becomes its default when it is copied; otherwise it stays null.',
  default: true
})
