/** What a line keeps in any case: who says it, of what, and the beginning of what it says. */
const ESSENTIAL = ['level', 'time', 'pid', 'role', 'slot', 'thread', 'task', 'requestId', 'traceId', 'msg']

/** Tried one after another, until the line is short enough. */
const STEPS = [
  { characters: 1024, elements: 32 },
  { characters: 256, elements: 8 },
  { characters: 64, elements: 2 },
]

/**
 * A log line in at most so many bytes. One that is longer has its strings and lists cut, and says with
 * `shortenedFrom` how many bytes it had: that one line lacks something is better than two being torn.
 *
 * @param line JSON and a line break
 * @param mostBytes 4096 or more
 */
export function wholeLine(line: string, mostBytes: number): string {
  // A UTF-16 unit takes three bytes at most, and most lines are far from the limit.
  if (line.length * 3 <= mostBytes) return line
  const bytes = Buffer.byteLength(line)
  return bytes <= mostBytes ? line : shortened(line, bytes, mostBytes)
}

function shortened(line: string, shortenedFrom: number, mostBytes: number): string {
  const facts = JSON.parse(line) as Record<string, unknown>
  for (const step of STEPS) {
    const text = `${JSON.stringify({ ...cutMembers(facts, step), shortenedFrom })}\n`
    if (Buffer.byteLength(text) <= mostBytes) return text
  }
  const essential = ESSENTIAL.flatMap((name) => {
    const value = facts[name]
    return value === undefined || typeof value === 'object' ? [] : [[name, cut(value, SHORTEST)]]
  })
  return `${JSON.stringify({ ...Object.fromEntries(essential), shortenedFrom })}\n`
}

type Step = (typeof STEPS)[number]

/** So that ten strings fit, each character of which is six bytes of JSON. */
const SHORTEST: Step = { characters: 64, elements: 0 }

function cut(value: unknown, step: Step): unknown {
  if (typeof value === 'string') {
    return value.length > step.characters ? `${value.slice(0, step.characters)}…` : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return cutMembers(value, step)
  const kept = value.slice(0, step.elements).map((each) => cut(each, step))
  return value.length > kept.length ? [...kept, `… ${value.length - kept.length} more`] : kept
}

function cutMembers(members: object, step: Step): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, cut(value, step)]))
}
