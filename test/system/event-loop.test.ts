import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

/*
 * The event loop only moves bytes. A single-digit number of milliseconds is a bound on time, which a
 * busy machine can break by itself; so each case is tried several times and the best attempt counts.
 * To parse such a body on the loop takes 150 ms or more, in every attempt.
 */
const ATTEMPTS = 15
const SINGLE_DIGIT_MS = 10
const NUMBERS = 2_200_000

let server: ChildProcess
let url: string
beforeAll(async () => {
  const program = fileURLToPath(new URL('../fixtures/loop-delay-server.ts', import.meta.url))
  server = fork(program, { execPath: process.execPath, execArgv: ['--v8-pool-size=1'] })
  const [{ port }] = await once(server, 'message')
  url = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  server.disconnect()
  await once(server, 'exit')
})

async function longestDelayMs(work: () => Promise<void>): Promise<number> {
  server.send('reset')
  await once(server, 'message')
  await work()
  server.send('report')
  const [{ longestMs }] = await once(server, 'message')
  return longestMs
}

async function bestOf(work: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < ATTEMPTS && best >= SINGLE_DIGIT_MS; attempt++) {
    best = Math.min(best, await longestDelayMs(work))
  }
  return best
}

describe('the longest delay of the event loop stays in single-digit milliseconds', () => {
  const values = Array.from({ length: NUMBERS }, (_, index) => ((index * 7919) % 1_000_003) / 1000)
  const json = Buffer.from(JSON.stringify({ dataset: values, analysisType: 'statistical' }))

  test('while a 20 MB JSON dataset comes in, is parsed, analysed and answered', async () => {
    expect(json.length).toBeGreaterThan(16_000_000)
    const best = await bestOf(async () => {
      const response = await fetch(`${url}/api/analyze-data`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: json,
      })
      const answer = (await response.json()) as { analysisResult: { count: number } }
      expect(answer.analysisResult.count).toBe(NUMBERS)
    })
    expect(best).toBeLessThan(SINGLE_DIGIT_MS)
  })

  test('while the same comes in without a Content-Length', async () => {
    const best = await bestOf(async () => {
      const response = await fetch(`${url}/api/analyze-data`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: new Blob([json]).stream(),
        duplex: 'half',
      })
      expect(response.status).toBe(200)
      await response.arrayBuffer()
    })
    expect(best).toBeLessThan(SINGLE_DIGIT_MS)
  })
})

test('with a task on every thread of every process, /livez is answered before any of them ends', async () => {
  // Nothing may wait: a task that is dealt to a process with both threads busy is refused, and tried again.
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '2',
    OFFLOOP_QUEUE_MAX: '0',
  })
  let ended = 0
  const occupyThread = async () => {
    const accepted = await until('a free thread', async () => {
      const response = await cluster.task('busy', { ms: 3000 })
      return response.status === 200 && response
    })
    ended += 1
    return accepted.status
  }
  const tasks = [1, 2, 3, 4].map(occupyThread)
  await until(
    'every thread to be busy',
    () => cluster.lines.filter(({ msg }) => msg === 'busy begins').length === 4,
  )
  for (let round = 0; round < 50; round++) {
    expect((await fetch(`${cluster.url}/livez`, { headers: { Connection: 'close' } })).status).toBe(200)
  }
  expect(ended).toBe(0)
  expect(await Promise.all(tasks)).toEqual([200, 200, 200, 200])
})
