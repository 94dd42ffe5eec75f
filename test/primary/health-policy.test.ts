import { describe, expect, test } from 'vitest'
import { type HealthFacts, hangs, primaryWasAway, recycleVerdict } from '../../src/primary/health-policy.ts'

const NO_LIMITS = { maxRssBytes: 0, maxRequests: 0, maxAgeMs: 0 }

interface Facts {
  readonly ageMs?: number
  readonly rssBytes?: number
  readonly requests?: number
  readonly random?: number
}

/** As old as an hour, where nothing else is said. */
function facts({ ageMs = 3_600_000, rssBytes = 0, requests = 0, random = 0 }: Facts): HealthFacts {
  return {
    ageMs,
    random,
    vitals: { memory: { rssBytes, heapUsedBytes: 0 }, requests: { total: requests, inFlight: 0 } },
  }
}

describe('a process is recycled', () => {
  test('never, where no limit is set', () => {
    expect(recycleVerdict(facts({ ageMs: 1e12, rssBytes: 1e12, requests: 1e12 }), NO_LIMITS)).toBeUndefined()
  })

  test('above its memory, not at it, and without jitter', () => {
    const limits = { ...NO_LIMITS, maxRssBytes: 1000 }
    expect(recycleVerdict(facts({ rssBytes: 1000 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ rssBytes: 1001, random: 1 }), limits)).toEqual({
      reason: 'memory',
      because: '1001 bytes resident are more than 1000',
      limitTooLow: false,
    })
  })

  test('for its memory not while it is still settling, and with a doubt about the limit while it is young', () => {
    const limits = { ...NO_LIMITS, maxRssBytes: 1000 }
    expect(recycleVerdict(facts({ ageMs: 4999, rssBytes: 1001 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ ageMs: 5000, rssBytes: 1001 }), limits)?.limitTooLow).toBe(true)
    expect(recycleVerdict(facts({ ageMs: 60_000, rssBytes: 1001 }), limits)?.limitTooLow).toBe(false)
  })

  test('after so many requests, or up to a tenth more', () => {
    const limits = { ...NO_LIMITS, maxRequests: 1000 }
    expect(recycleVerdict(facts({ requests: 999 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ requests: 1000 }), limits)).toMatchObject({ reason: 'age' })
    expect(recycleVerdict(facts({ requests: 1049, random: 0.5 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ requests: 1050, random: 0.5 }), limits)).toMatchObject({ reason: 'age' })
    expect(recycleVerdict(facts({ requests: 1100, random: 1 }), limits)).toMatchObject({ reason: 'age' })
  })

  test('at its age, or up to a tenth later', () => {
    const limits = { ...NO_LIMITS, maxAgeMs: 60_000 }
    expect(recycleVerdict(facts({ ageMs: 59_999 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ ageMs: 60_000.4 }), limits)).toEqual({
      reason: 'age',
      because: '60000 ms are more than 60000',
      limitTooLow: false,
    })
    expect(recycleVerdict(facts({ ageMs: 65_000, random: 1 }), limits)).toBeUndefined()
    expect(recycleVerdict(facts({ ageMs: 66_000, random: 1 }), limits)).toMatchObject({ reason: 'age' })
  })

  test('for its memory first: that is the nearer danger', () => {
    const limits = { maxRssBytes: 1, maxRequests: 1, maxAgeMs: 1 }
    expect(recycleVerdict(facts({ rssBytes: 9, requests: 9 }), limits)?.reason).toBe('memory')
  })
})

describe('the primary', () => {
  test('was there when its looks come in time, or a little late', () => {
    expect(primaryWasAway(500, 500, 10_000)).toBe(false)
    expect(primaryWasAway(1500, 500, 10_000)).toBe(false)
  })

  test('was away when a look comes more than a second late', () => {
    expect(primaryWasAway(1501, 500, 10_000)).toBe(true)
  })

  test('was away sooner where processes may be silent for a short time only', () => {
    expect(primaryWasAway(1001, 500, 2000)).toBe(true)
  })
})

test('a process hangs that is silent for longer than it may be, and one that was asked to stand still may be longer', () => {
  expect(hangs(10_001, 10_000, 0)).toBe(true)
  expect(hangs(10_000, 10_000, 0)).toBe(false)
  expect(hangs(100_000, 10_000, 120_000)).toBe(false)
  expect(hangs(130_001, 10_000, 120_000)).toBe(true)
})
