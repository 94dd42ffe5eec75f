import { createHash } from 'node:crypto'

/** What is known of a right answer beforehand; all of them have status 200. */
export type ExpectedAnswer =
  | { readonly kind: 'bytes'; readonly sha256: string }
  /** JSON with these numbers in it, by their paths such as `analysisResult.mean`. */
  | { readonly kind: 'numbers'; readonly values: Readonly<Record<string, number>> }

/** Between doubles that were added up in another order. */
const RELATIVE_TOLERANCE = 1e-9
const SHOWN_CHARACTERS = 200

/** What is wrong with an answer; undefined where nothing is. */
export function problemOf(
  status: number | undefined,
  body: Uint8Array,
  expected: ExpectedAnswer,
): string | undefined {
  if (status !== 200) return `expected status 200, got ${status}: ${shown(body)}`
  return expected.kind === 'bytes'
    ? problemOfBytes(body, expected.sha256)
    : problemOfNumbers(body, expected.values)
}

function problemOfBytes(body: Uint8Array, sha256: string): string | undefined {
  const digest = createHash('sha256').update(body).digest('hex')
  return digest === sha256
    ? undefined
    : `expected bytes with SHA-256 ${sha256}, got ${body.length} with ${digest}`
}

function problemOfNumbers(body: Uint8Array, values: Readonly<Record<string, number>>): string | undefined {
  const answer = parsed(body)
  for (const [path, expected] of Object.entries(values)) {
    const got = at(answer, path)
    if (typeof got !== 'number' || Math.abs(got - expected) > RELATIVE_TOLERANCE * Math.abs(expected)) {
      return `expected ${path} to be ${expected}, got ${String(got)} in ${shown(body)}`
    }
  }
  return undefined
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, name) => {
    return typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined
  }, value)
}

function shown(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8', 0, SHOWN_CHARACTERS)
}
