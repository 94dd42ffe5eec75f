import { stdSerializers } from 'pino'

/** Members that are never written, however their names are spelt: `apiKey` and `API_KEY` are `api-key` too. */
export const SECRETS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'passphrase',
  'token',
  'access-token',
  'auth-token',
  'id-token',
  'refresh-token',
  'secret',
  'client-secret',
  'api-key',
  'x-api-key',
  'private-key',
]
export const CENSOR = '[redacted]'

/** Levels of a line that are written. */
const MOST_LEVELS = 8
/** Values of a line that are written: a line has no room for so many. */
const MOST_VALUES = 10_000

/**
 * What is logged, without the values of secret members at any of its levels. Errors, nested ones too, become
 * plain objects. The same object where there is nothing to do, as in the line of a request: the wildcard paths
 * that pino's own `redact` would need for this make such a line take twelve times as long (bench/log-line).
 */
export function redacted(facts: Record<string, unknown>): Record<string, unknown> {
  try {
    for (const name in facts) {
      if (isNested(facts[name]) || isSecret(name)) return copyOf(facts, 1, { left: MOST_VALUES })
    }
    return facts
  } catch (error) {
    // A getter of somebody's object: to log it must not be what a task fails by.
    return { cannotBeLogged: String(error) }
  }
}

/** The same for one value that stands in a line. */
export function redactedValue(value: unknown): unknown {
  return redacted({ value }).value
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Node's own headers are in small letters; those of tasks come in any case. */
function isSecret(name: string): boolean {
  let secret = known.get(name)
  if (secret === undefined) {
    secret = squeezed.has(squeeze(name))
    if (known.size < MOST_KNOWN) known.set(name, secret)
  }
  return secret
}

const squeeze = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '')
const squeezed: ReadonlySet<string> = new Set(SECRETS.map(squeeze))

/** Names that have been asked for, because most lines have the same. */
const known = new Map<string, boolean>()
const MOST_KNOWN = 1000

interface Budget {
  left: number
}

function copyOf(source: object, level: number, budget: Budget): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(source)) {
    if (budget.left <= 0) break
    copy[name] = isSecret(name) && value !== undefined ? CENSOR : clean(value, level, budget)
  }
  return copy
}

/** @param level that of the object which has the value */
function clean(value: unknown, level: number, budget: Budget): unknown {
  budget.left -= 1
  if (!isNested(value)) return value
  if (level >= MOST_LEVELS) return '[too deep]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Error) return copyOf(stdSerializers.err(value), level + 1, budget)
  if (Array.isArray(value)) {
    return value.slice(0, Math.max(0, budget.left)).map((each) => clean(each, level + 1, budget))
  }
  const { toJSON } = value as { toJSON?: unknown }
  const plain: unknown = typeof toJSON === 'function' ? toJSON.call(value) : value
  return isNested(plain) ? copyOf(plain, level + 1, budget) : plain
}
