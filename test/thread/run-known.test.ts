import { closeSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import { RunControl } from '../../src/protocol/run-control.ts'
import { RunRecords } from '../../src/protocol/run-records.ts'
import type { TaskAnswer, TaskRequest } from '../../src/protocol/thread-messages.ts'
import { fingerprintOf } from '../../src/thread/fingerprint.ts'
import { runKnown } from '../../src/thread/run-known.ts'
import { someTrace } from '../support/some-trace.ts'

let records: RunRecords
let fd: number
beforeEach(() => {
  const opened = openBoard()
  fd = opened.fd
  records = new RunRecords(opened.board, 1)
})
afterEach(() => closeSync(fd))

const control = new RunControl()
const request: TaskRequest = {
  task: 'echo',
  requestId: 'r1',
  body: new ArrayBuffer(3),
  contentType: 'application/json',
  contentEncoding: undefined,
  accept: undefined,
  query: '',
  ...someTrace,
  timeLimitMs: 1000,
  place: 5,
}
const fingerprint = fingerprintOf(request)
const answer: TaskAnswer = {
  kind: 'succeeded',
  contentType: 'text/plain',
  body: new ArrayBuffer(0),
  encodeMs: 0,
}

test('while it runs, an input is known to the process and stands on the board', async () => {
  const own = new RunControl()
  const given = await runKnown(request, own, records, async () => {
    expect(own.fingerprint).toBe(fingerprint)
    expect(records.read()).toEqual([{ fingerprint, task: 'echo', requestId: 'r1' }])
    return answer
  })
  expect(given).toBe(answer)
  expect(records.read()).toEqual([])
})

test('an input in quarantine is not run, and its caller is told until when', async () => {
  const until = Date.now() + 59_500
  const quarantined = [
    { fingerprint: 'another', until: 0 },
    { fingerprint, until },
  ]
  const own = new RunControl()
  const given = await runKnown({ ...request, quarantined }, own, records, () => {
    throw new Error('it was run')
  })
  expect(given).toMatchObject({
    kind: 'refused',
    code: 'INPUT_QUARANTINED',
    status: 422,
    details: { until: new Date(until).toISOString(), retryAfterSeconds: 60 },
    stack: undefined,
  })
  expect(own.fingerprint).toBe(fingerprint)
})

test('others are run while one is in quarantine, and without a board as well', async () => {
  const quarantined = [{ fingerprint: 'another', until: Date.now() + 1000 }]
  expect(await runKnown({ ...request, quarantined }, control, undefined, async () => answer)).toBe(answer)
})
