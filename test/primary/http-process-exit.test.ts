import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ExitEvidence, httpProcessExit } from '../../src/primary/http-process-exit.ts'
import type { RunRecord } from '../../src/protocol/run-records.ts'

const run: RunRecord = { task: 'hash', fingerprint: '0'.repeat(32), requestId: 'r-1' }

/** A process that served for four of its five seconds. */
const served: ExitEvidence = {
  announced: undefined,
  oomKilled: false,
  startedAt: 1000,
  readyAt: 2000,
  endedAt: 6000.4,
  startFailure: undefined,
  runs: [],
  stall: undefined,
}

afterEach(() => {
  vi.useRealTimers()
})

test('a process that served is told of with its times, and without a failure to start', () => {
  expect(httpProcessExit(1, null, { ...served, startFailure: 'said too early' })).toEqual({
    code: 1,
    signal: null,
    reason: 'crash',
    livedMs: 5000,
    servedMs: 4000,
    startFailure: undefined,
  })
})

test('where a signal ended it there is no exit code, and where none did there is no signal', () => {
  expect(httpProcessExit(0, 'SIGKILL', served)).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(httpProcessExit(3, '', served)).toMatchObject({ code: 3, signal: null })
})

test('an end that had been announced has that reason', () => {
  expect(httpProcessExit(0, null, { ...served, announced: 'reload' }).reason).toBe('reload')
})

describe('a process that was never ready', () => {
  const neverReady = { ...served, readyAt: undefined }

  test('has served for no time, and says why in its own words', () => {
    const exit = httpProcessExit(1, null, { ...neverReady, startFailure: 'Cannot listen on port 80' })
    expect(exit).toMatchObject({ servedMs: 0, livedMs: 5000, startFailure: 'Cannot listen on port 80' })
  })

  test('is told of by its exit code or its signal where it said nothing', () => {
    expect(httpProcessExit(7, null, neverReady).startFailure).toContain('(exit code 7)')
    expect(httpProcessExit(0, 'SIGSEGV', neverReady).startFailure).toContain('(SIGSEGV)')
  })
})

describe('runs under way', () => {
  test('are suspects where it may have died of them', () => {
    expect(httpProcessExit(null, 'SIGABRT', { ...served, runs: [run] }).suspects).toEqual([run])
  })

  test('are none where its end had been announced', () => {
    const exit = httpProcessExit(0, 'SIGKILL', { ...served, announced: 'hung', runs: [run] })
    expect(exit).not.toHaveProperty('suspects')
  })
})

test('a stall has lasted until the end, and no less than no time where the clock was set back', () => {
  vi.useFakeTimers({ now: 50_000 })
  const endOf = (since: number) =>
    httpProcessExit(0, 'SIGKILL', { ...served, stall: { since, where: 'spin (app.js:1)' } }).stall
  expect(endOf(47_000)).toEqual({ ms: 3000, where: 'spin (app.js:1)' })
  expect(endOf(51_000)).toEqual({ ms: 0, where: 'spin (app.js:1)' })
})
