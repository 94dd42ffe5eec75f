import { beforeEach, describe, expect, test } from 'vitest'
import { type InputDeath, Quarantine } from '../../src/primary/quarantine.ts'

const TERM = 1000
/** The beginning of the test, on a clock that is set to some day. */
const START = Date.parse('2026-05-01T12:00:00.000Z')

let quarantine: Quarantine
beforeEach(() => {
  quarantine = new Quarantine()
})

const input = (name: string, members: Partial<InputDeath> = {}): InputDeath => ({
  fingerprint: name,
  task: 'resize',
  requestId: `request of ${name}`,
  how: 'thread-exit',
  ...members,
})
const death = (atMs: number, ...names: string[]) =>
  quarantine
    .recordDeath(
      names.map((name) => input(name)),
      START + atMs,
      TERM,
    )
    .map(({ fingerprint }) => fingerprint)
/** What is known: each input with the milliseconds until which it is refused, null for a suspect. */
const knownAt = (atMs: number) =>
  Object.fromEntries(
    quarantine
      .known(START + atMs)
      .map(({ fingerprint, until }) => [fingerprint, until === null ? null : until - START]),
  )

describe('an input that something died of', () => {
  test('is a suspect after the first time, and refused after the second', () => {
    expect(death(0, 'bad')).toEqual([])
    expect(knownAt(1)).toEqual({ bad: null })
    expect(death(10, 'bad')).toEqual(['bad'])
    expect(knownAt(11)).toEqual({ bad: 10 + TERM })
  })

  test('is told with everything that an operator has to know', () => {
    death(0, 'bad')
    const [told] = quarantine.recordDeath(
      [input('bad', { how: 'process', requestId: 'the last' })],
      START + 10,
      TERM,
    )
    quarantine.recordRefusals('bad', 3)
    quarantine.recordRefusals('unknown', 3)
    const entry = {
      task: 'resize',
      fingerprint: 'bad',
      deaths: 2,
      lastDeathAt: '2026-05-01T12:00:00.010Z',
      how: 'process',
      requestId: 'the last',
      until: '2026-05-01T12:00:01.010Z',
      refusals: 0,
    }
    expect(told).toEqual(entry)
    expect(quarantine.entries(START + 20)).toEqual([{ ...entry, refusals: 3 }])
  })

  test('has died once where it was on several threads of a process', () => {
    expect(death(0, 'bad', 'bad')).toEqual([])
    expect(quarantine.entries(START)).toMatchObject([{ deaths: 1 }])
  })

  test('has died once where its thread could not be ended and its process died of that', () => {
    const report = (how: InputDeath['how'], requestId: string) =>
      quarantine.recordDeath([input('bad', { how, requestId })], START, TERM)
    report('unstoppable', 'r1')
    expect(report('process', 'r1')).toEqual([])
    expect(quarantine.entries(START)).toMatchObject([{ deaths: 1, how: 'unstoppable' }])
    expect(report('process', 'r2')).toMatchObject([{ deaths: 2, how: 'process' }])
  })

  test('is no longer refused when its term is over, and has one more chance', () => {
    death(0, 'bad')
    death(0, 'bad')
    expect(knownAt(TERM - 1)).toEqual({ bad: TERM })
    expect(knownAt(TERM)).toEqual({ bad: null })
    expect(death(TERM, 'bad')).toEqual(['bad'])
    expect(knownAt(TERM)).toEqual({ bad: TERM + 2 * TERM })
  })

  test('is refused for twice as long each time, up to a bound', () => {
    death(0, 'bad')
    let now = 0
    const terms = Array.from({ length: 8 }, () => {
      death(now, 'bad')
      const length = Number(knownAt(now).bad) - now
      now += length
      return length / TERM
    })
    expect(terms).toEqual([1, 2, 4, 8, 16, 32, 32, 32])
  })

  test('serves no second term for runs that had begun before the first', () => {
    death(0, 'bad')
    death(0, 'bad')
    expect(death(5, 'bad')).toEqual([])
    expect(quarantine.entries(START + 6)).toMatchObject([{ deaths: 3 }])
    expect(knownAt(6)).toEqual({ bad: TERM })
  })
})

describe('an input is forgotten', () => {
  test('when it has run to its end, suspected or refused', () => {
    death(0, 'innocent', 'guilty')
    expect(quarantine.recordHarmless('innocent')).toBe(true)
    expect(quarantine.recordHarmless('innocent')).toBe(false)
    death(1, 'innocent', 'guilty')
    expect(knownAt(2)).toEqual({ innocent: null, guilty: 1 + TERM })
    quarantine.recordHarmless('guilty')
    expect(knownAt(2)).toEqual({ innocent: null })
  })

  test('as a suspect that nothing more has died of for a term', () => {
    death(0, 'suspect')
    expect(knownAt(TERM - 1)).toEqual({ suspect: null })
    expect(knownAt(TERM)).toEqual({})
    expect(death(TERM, 'suspect')).toEqual([])
  })

  test('when its further chance has stood open for as long as it was refused', () => {
    death(0, 'bad')
    death(0, 'bad')
    expect(knownAt(2 * TERM - 1)).toEqual({ bad: null })
    expect(knownAt(2 * TERM)).toEqual({})
  })
})

describe('of a flood of bad inputs', () => {
  test('the newest suspects are kept, and all that is in quarantine', () => {
    death(0, 'refused')
    death(0, 'refused')
    for (let number = 0; number < 1000; number++) death(1, `suspect ${number}`)
    const known = Object.keys(knownAt(2))
    expect(known).toHaveLength(1 + 128)
    expect(known[0]).toBe('refused')
    expect(known.at(-1)).toBe('suspect 999')
  })

  test('the newest are in quarantine, and there is still room for a suspect', () => {
    for (let number = 0; number < 300; number++) {
      death(1, `bad ${number}`)
      expect(death(1, `bad ${number}`)).toEqual([`bad ${number}`])
    }
    expect(Object.keys(knownAt(2))).toHaveLength(128)
    expect(knownAt(2)).not.toHaveProperty('bad 171')
    expect(knownAt(2)).toHaveProperty('bad 172')
  })
})
