import { describe, expect, test } from 'vitest'
import { statusNotes } from '../../src/cli/status-notes.ts'
import { formatStatus } from '../../src/cli/status-view.ts'
import { NO_STALLS } from '../../src/observability/stall-totals.ts'
import type { ClusterStatus } from '../../src/protocol/operators-api.ts'
import { clusterStatus, slotStatus, vitals } from '../support/fake-ops-server.ts'

const plain = (_emphasis: string, text: string) => text

describe('the page', () => {
  test('has a header, a row for each slot, and says no more when all is well', () => {
    expect(formatStatus(clusterStatus(), plain)).toBe(
      `
Offloop 0.1.0  pid 4100  up 2h03m  http://localhost:3000  Node.js v26.10.0
ready 2 of 2
0 task runs; 0/s; last minute median 0ms, p95 0ms; threads 0 busy, 4 free; 0 queued

SLOT   PID  STATE    AGE  RESTARTS  LOOP MEAN/MAX  LOOP USE      RSS  QUEUE  THREADS
   0  4101  ready  2h03m         0     0.1/2.3 ms      2.1%  121 MiB      0  0/2 busy
   1  4102  ready  2h03m         0     0.1/2.3 ms      2.1%  121 MiB      0  0/2 busy`.trim(),
    )
  })

  test('names what runs on the threads and for how long', () => {
    const busy = vitals({
      threads: [
        {
          thread: 0,
          state: 'busy',
          task: 'process-image',
          runningMs: 1234,
          runs: 12,
          keptBytes: 9_000_000,
          utilization: 0,
          heapUsedBytes: null,
        },
        {
          thread: 1,
          state: 'starting',
          task: null,
          runningMs: null,
          runs: 12,
          keptBytes: 9_000_000,
          utilization: 0,
          heapUsedBytes: null,
        },
      ],
    })
    expect(formatStatus(clusterStatus({ slots: [slotStatus({ vitals: busy })] }), plain)).toContain(
      '1/2 busy: process-image 1.2s; 1 starting',
    )
  })

  test('has dashes for what a slot without a process cannot know', () => {
    const empty = slotStatus({ pid: null, state: 'exited', vitals: null, restarts: 7 })
    expect(formatStatus(clusterStatus({ slots: [empty] }), plain)).toMatch(
      /^ {3}0 +- +exited +- +7 +- +- +- +- +-$/m,
    )
  })

  test('says how many runs failed, and what is being done to the cluster', () => {
    const { totals } = clusterStatus()
    const status = clusterStatus({
      operation: 'reload',
      totals: { ...totals, totalTasks: 12_000, failedTasks: 60, successRate: 0.995, throughput: 41.7 },
    })
    const text = formatStatus(status, plain)
    expect(text).toContain('ready 2 of 2  reload running\n')
    expect(text).toContain('12,000 task runs, 60 failed (99.5% ok); 42/s;')
    expect(formatStatus({ ...status, shuttingDown: true }, plain)).toContain('ready 2 of 2  shutting down\n')
  })
})

describe('the notes', () => {
  const now = Date.parse('2026-05-01T12:00:00.000Z')
  const notesOf = (members: Parameters<typeof slotStatus>[0]) =>
    statusNotes(clusterStatus({ slots: [slotStatus({ slot: 3, ...members })] }), now).map(({ text }) => text)
  const exit = {
    at: '2026-05-01T11:59:50.000Z',
    pid: 4000,
    reason: 'crash',
    code: 1,
    signal: null,
    livedSeconds: 3,
  } as const

  test('tell of a crash loop and of how the last process ended', () => {
    expect(notesOf({ crashLoop: true, lastExit: exit })).toEqual([
      'slot 3: crash loop: its processes die before they serve',
      'slot 3: last exit crash, 10s ago: pid 4000, exit code 1, lived 3.0s',
    ])
    expect(notesOf({ lastExit: { ...exit, reason: 'hung', code: null, signal: 'SIGKILL' } })).toEqual([
      'slot 3: last exit hung, 10s ago: pid 4000, SIGKILL, lived 3.0s',
    ])
  })

  test('leave out an end that somebody asked for', () => {
    expect(notesOf({ lastExit: { ...exit, reason: 'reload', code: 0 } })).toEqual([])
  })

  test('tell of an event loop that stood still, and where', () => {
    const last = { at: exit.at, ms: 180, where: 'parse (src/slow.ts:12)' }
    const loop = { ...vitals().loop, stalls: { ...NO_STALLS, count: 2, longestMs: 400, last } }
    expect(notesOf({ vitals: vitals({ loop, silentMs: 8000 }) })).toEqual([
      'slot 3: nothing heard from it for 8.0s',
      'slot 3: event loop stalled 2 times, longest 400ms; 10s ago 180ms at parse (src/slow.ts:12)',
    ])
  })

  test('tell in one line where the event loops of all processes stood the longest', () => {
    const worst = {
      where: 'parse (src/slow.ts:12:3)',
      count: 3,
      totalMs: 2400,
      longestMs: 1100,
      lastAt: exit.at,
    }
    const places = [worst, { ...worst, where: 'b (src/b.ts:1:1)', count: 1, totalMs: 90 }]
    const status = clusterStatus({ blockedLoops: { ...NO_STALLS, count: 5, totalMs: 2600, places } })
    expect(statusNotes(status, now).map(({ text }) => text)).toEqual([
      'event loops stalled 5 times in all, for 2.6s; most at parse (src/slow.ts:12:3): 3 times, 2.4s, longest 1.1s',
    ])
  })

  test('tell who comes and who goes while a process is replaced', () => {
    expect(notesOf({ replacementPid: 5001, drainingPids: [4001, 4002] })).toEqual([
      'slot 3: pid 5001 is starting to take its place',
      'slot 3: pid 4001, 4002 replaced, finishing what is in flight',
    ])
  })

  test('tell in one line of inputs that are refused, and not of suspects', () => {
    const entry = {
      task: 'crash',
      fingerprint: 'ab'.repeat(16),
      deaths: 2,
      lastDeathAt: exit.at,
      how: 'process',
      requestId: 'r1',
      until: '2026-05-01T12:09:00.000Z',
      refusals: 4,
    } as const
    const notes = (quarantine: ClusterStatus['quarantine']) =>
      statusNotes(clusterStatus({ quarantine }), now).map(({ text }) => text)
    expect(notes([{ ...entry, until: null }])).toEqual([])
    expect(notes([entry])).toEqual([
      '1 input in quarantine (crash), refused 4 times; the last one for another 9m00s',
    ])
    expect(notes([entry, { ...entry, task: 'hash', until: '2026-05-01T12:00:30.000Z' }])).toEqual([
      '2 inputs in quarantine (crash, hash), refused 8 times; the last one for another 9m00s',
    ])
  })

  test('tell of the last reload where it failed, and of all ends so far by reason', () => {
    const lastReload = {
      verdict: 'failed',
      durationMs: 900,
      reason: 'no luck',
      slots: [],
      endedAt: exit.at,
    } as const
    const status = clusterStatus({ lastReload, exits: { crash: 2, reload: 4 } })
    expect(statusNotes(status, now).map(({ text }) => text)).toEqual([
      'last reload failed, 10s ago: no luck',
      'processes ended since the start: crash 2, reload 4',
    ])
    expect(statusNotes(clusterStatus({ lastReload: { ...lastReload, verdict: 'reloaded' } }))).toEqual([])
  })
})
