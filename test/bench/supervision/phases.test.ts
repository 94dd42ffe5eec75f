import { expect, test } from 'vitest'
import { figuresOf, loadOf, type Phase } from '../../../bench/supervision/phases.ts'
import type { Failure } from '../../support/load-result.ts'

const PHASES: readonly Phase[] = [
  { name: 'warm-up', begunAt: 0, sentBefore: 0 },
  { name: 'reload', begunAt: 100, sentBefore: 10 },
  { name: 'kill', begunAt: 200, sentBefore: 25 },
]

const kindsIn = (name: Phase['name'], failures: readonly Failure[]) =>
  loadOf(name, PHASES, 40, failures).failures.map(({ kind }) => kind)

test('requests belong to the phase in which they were sent', () => {
  const counts = PHASES.map(({ name }) => loadOf(name, PHASES, 40, []).requests)
  expect(counts).toEqual([10, 15, 15])
})

test('a request that is reset belongs to the phase in which it was reset', () => {
  const reset = failure('ECONNRESET', { sentAt: 195, endedAt: 205 })
  expect(kindsIn('kill', [reset])).toEqual(['ECONNRESET'])
  expect(kindsIn('reload', [reset])).toEqual([])
})

test('a request that waits in vain belongs to the phase in which it was sent', () => {
  const hung = failure('timeout', { sentAt: 195, endedAt: 5195 })
  expect(kindsIn('reload', [hung])).toEqual(['timeout'])
  expect(kindsIn('kill', [hung])).toEqual([])
})

test('the figures count failures by kind', () => {
  const failures = [failure('ECONNRESET', { sentAt: 110, endedAt: 111 })]
  expect(figuresOf([30, 10, 20], { requests: 15, failures })).toEqual({
    times: 3,
    medianMs: 20,
    slowestMs: 30,
    requests: 15,
    failed: 1,
    'failed: ECONNRESET (reused)': 1,
  })
})

function failure(kind: string, { sentAt, endedAt }: Pick<Failure, 'sentAt' | 'endedAt'>): Failure {
  const elapsedMs = endedAt - sentAt
  return { kind, detail: '', route: 'GET /', connection: 'reused', sentAt, endedAt, elapsedMs }
}
