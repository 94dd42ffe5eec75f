import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileOf } from './start-offloop.ts'

/** One small request, sent again and again by clients that wait for their answers (a closed loop). */
export interface SmallRequests {
  readonly url: string
  readonly contentType: string
  readonly body: string
  /** Each answer has status 200, and this in its body. */
  readonly expected: string
  readonly connections: number
  readonly seconds: number
}

export interface LoadAnswer {
  readonly answered: number
  readonly seconds: number
  /** Anything but the expected answer, or none at all. */
  readonly wrong: number
}

/**
 * Sends them from another process: wrk where it is installed, because it takes a tenth of the processor time and leaves
 * the rest to who is measured; else autocannon.
 *
 * @throws where an answer was wrong
 */
export async function sendSmallRequests(load: SmallRequests): Promise<LoadAnswer> {
  const answer = (await isWrkInstalled) ? await byWrk(load) : await byAutocannon(load)
  if (answer.wrong > 0) throw new Error(`${answer.wrong} answers of ${load.url} were wrong`)
  return answer
}

const run = promisify(execFile)

/** What sends small requests here, for the page. */
export const loadGenerator = async (): Promise<string> => ((await isWrkInstalled) ? 'wrk' : 'autocannon')

// `wrk --version` ends with 1.
const isWrkInstalled = run('wrk', ['--version']).then(
  () => true,
  (error: { code?: unknown }) => error.code !== 'ENOENT',
)

async function byWrk({ url, contentType, body, expected, connections, seconds }: SmallRequests) {
  const folder = await mkdtemp(join(tmpdir(), 'offloop-bench-'))
  try {
    const file = join(folder, 'body')
    await writeFile(file, body)
    const options = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`]
    const script = ['--script', fileOf('bench/harness/small-requests.lua')]
    const { stdout } = await run('wrk', [...options, ...script, url, '--', file, contentType, expected])
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as LoadAnswer
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function byAutocannon(load: SmallRequests): Promise<LoadAnswer> {
  const child = fork(fileOf('bench/harness/autocannon-process.ts'))
  child.send(load)
  const [answer] = (await once(child, 'message')) as [LoadAnswer]
  return answer
}
