import { parseArgs } from 'node:util'
import { pino, stdTimeFunctions } from 'pino'
import { AccessSampling } from '../../../src/http/middleware/access-sampling.ts'
import { createLogger, type Logger } from '../../../src/observability/logger.ts'
import { wholeLine } from '../../../src/observability/whole-line.ts'
import { median } from '../../../test/support/load-result.ts'

/*
 * What the log line of a request costs, without the writing: ours beside pino as it comes, pino with the wildcard
 * paths that redaction at three levels would need, and no line at all. Interleaved; the ratio is what counts.
 *
 *     npm run bench -- log-line --rounds 20
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, lines: { type: 'string', default: '20000' } },
})
const LINES = Number(values.lines)

/** Takes lines as standard output does, and does not write them. */
const stream = {
  bytes: 0,
  write(line: string) {
    this.bytes += wholeLine(line, 4096).length
  },
}
const base = { pid: process.pid, role: 'http', slot: 0 }
const usual = {
  base,
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (level: string) => ({ level }) },
}
const names = ['authorization', 'cookie', 'set-cookie', 'password', 'token', 'secret', 'x-api-key']
const paths = names.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

const ours = createLogger({ level: 'info', role: 'http', slot: 0 }, stream)
const quiet = createLogger({ level: 'warn', role: 'http', slot: 0 }, stream)
const sampling = new AccessSampling(100)
const WAYS: Readonly<Record<string, () => void>> = {
  'pino as it comes': lineOf(pino({ base }, stream)),
  'pino, ISO time and names of levels': lineOf(pino(usual, stream)),
  'the same with wildcard redaction': lineOf(pino({ ...usual, redact: paths }, stream)),
  ours: lineOf(ours),
  'ours, one in 100': () => {
    if (sampling.isNext('hash')) writeLine(ours)
  },
  'ours, above its level': lineOf(quiet),
}

const times = new Map(Object.keys(WAYS).map((name) => [name, [] as number[]]))
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const [name, write] of Object.entries(WAYS)) {
    const begun = performance.now()
    for (let line = 0; line < LINES; line += 1) write()
    times.get(name)?.push(((performance.now() - begun) * 1000) / LINES)
  }
}

const bare = median(times.get('pino as it comes') ?? [])
process.stdout.write('| a line by | µs | ratio |\n|---|---|---|\n')
for (const [name, each] of times) {
  const us = median(each)
  process.stdout.write(`| ${name} | ${us.toFixed(2)} | ${(us / bare).toFixed(2)} |\n`)
}

function lineOf(log: Pick<Logger, 'info' | 'isLevelEnabled'>): () => void {
  return () => {
    if (log.isLevelEnabled('info')) writeLine(log)
  }
}

/** As middleware/request-log.ts does. */
function writeLine(log: Pick<Logger, 'info'>): void {
  const facts = {
    requestId: '0e2d225f-e0d3-4351-8b5d-8f952e11f517',
    task: 'hash',
    queueMs: 0.12,
    runMs: 1.23,
  }
  log.info(
    {
      ...facts,
      method: 'POST',
      url: '/api/tasks/hash',
      status: 200,
      durationMs: 2.34,
      requestBytes: 2048,
      responseBytes: 180,
      remoteAddress: '127.0.0.1',
      userAgent: 'curl/8.14.1',
    },
    'request',
  )
}
