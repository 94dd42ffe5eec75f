import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { askProcess } from './ask-process.ts'
import { fileOf } from './start-offloop.ts'

/** One small request, sent again and again by clients that wait for their answers (a closed loop). */
export interface SmallRequests {
  readonly url: string
  /** POST unless told; a GET has no body. */
  readonly method?: 'GET' | 'POST'
  readonly contentType: string
  readonly body: string
  /** Each answer has status 200, and this in its body. */
  readonly expected: string
  readonly connections: number
  readonly seconds: number
  /** One request a connection, and about so many at most: each holds one of some 28,000 ports for a minute. */
  readonly fresh?: { readonly maxRequests: number }
}

export interface LoadAnswer {
  readonly answered: number
  readonly seconds: number
  readonly p99Ms: number
  /** Anything but the expected answer, or none at all. */
  readonly wrong: number
}

/**
 * Sends them from another process: wrk where it is installed, because it takes a tenth of the processor time and leaves
 * the rest to who is measured; else autocannon, or a few lines of Node.js.
 *
 * @throws where an answer was wrong
 */
export async function sendSmallRequests(load: SmallRequests): Promise<LoadAnswer> {
  const answer = (await isWrkInstalled) ? await byWrk(load) : await byNode(load)
  // How long that took nobody knows: wrk tells its whole duration.
  if (load.fresh && answer.answered >= load.fresh.maxRequests) {
    throw new Error(`${load.url} answered ${answer.answered} requests, as many as were to be sent at most`)
  }
  if (answer.wrong > 0) throw new Error(`${answer.wrong} answers of ${load.url} were wrong`)
  return answer
}

const run = promisify(execFile)

// `wrk --version` ends with 1.
const isWrkInstalled = run('wrk', ['--version']).then(
  () => true,
  (error: { code?: unknown }) => error.code !== 'ENOENT',
)

async function byWrk(load: SmallRequests) {
  const { url, contentType, body, expected, connections, seconds } = load
  const { method = 'POST', fresh } = load
  const folder = await mkdtemp(join(tmpdir(), 'offloop-bench-'))
  try {
    const file = join(folder, 'body')
    await writeFile(file, body)
    // It knows whole seconds only, and tells how long it took.
    const duration = `${Math.max(1, Math.round(seconds))}s`
    const options = ['--threads', '1', '--connections', String(connections), '--duration', duration]
    const script = ['--script', fileOf('bench/harness/small-requests.lua')]
    const request = [file, contentType, expected, method, ...(fresh ? [String(fresh.maxRequests)] : [])]
    const { stdout } = await run('wrk', [...options, ...script, url, '--', ...request])
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as LoadAnswer
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** autocannon counts no answers on connections that carry one each. */
function byNode(load: SmallRequests): Promise<LoadAnswer> {
  const program = load.fresh ? 'fresh-connections-process.ts' : 'autocannon-process.ts'
  return askProcess(fileOf(`bench/harness/${program}`), load)
}
