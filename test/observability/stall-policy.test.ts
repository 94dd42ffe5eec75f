import { expect, test } from 'vitest'
import { judgeLook, stallLimits, startWatching, type Verdict } from '../../src/observability/stall-policy.ts'

const limits = stallLimits(50, 10_000)

/** Judges a series of looks, each given as its time, the newest beat and the gap that it ended, if any. */
function judge(looks: readonly (readonly [nowMs: number, beatMs: number, gapMs?: number])[]): Verdict[] {
  let state = startWatching(0, limits)
  return looks.map(([nowMs, beatMs, gapMs = 0]) => {
    const verdict = judgeLook(state, { nowMs, beatMs, gapMs, gapEndMs: beatMs }, limits)
    state = verdict.state
    return verdict
  })
}

/** Looks as regular as they should be, over a main thread that last beat at 0. */
const punctual = (untilMs: number) =>
  Array.from({ length: untilMs / 25 }, (_, index) => [(index + 1) * 25, 0] as const)

const told = (verdicts: readonly Verdict[]) => verdicts.flatMap(({ tell }) => tell ?? [])

test('the longer mark is a second, or half of a short hang time, and never below the threshold', () => {
  expect(stallLimits(50, 10_000).hangMarkMs).toBe(1000)
  expect(stallLimits(50, 600).hangMarkMs).toBe(300)
  expect(stallLimits(500, 600).hangMarkMs).toBe(500)
})

test('while the main thread beats there is nothing to tell', () => {
  const verdicts = judge([
    [25, 20],
    [50, 45],
    [75, 70],
  ])
  expect(told(verdicts)).toEqual([])
  expect(verdicts.at(-1)).toMatchObject({ endedMs: undefined })
})

test('the next look comes as soon as a stall is above the threshold', () => {
  const [, , third] = judge([
    [25, 0],
    [50, 0],
    [70, 0],
  ])
  expect(third?.state.dueMs).toBe(76)
})

test('a stall is told above the threshold and again at the longer mark, once each', () => {
  expect(told(judge(punctual(9000)))).toEqual(['short', 'hang'])
})

test('a stall that ended is counted with the time that the loop stood at least', () => {
  const verdicts = judge([...punctual(200), [225, 220, 220]])
  expect(verdicts.at(-1)?.endedMs).toBe(195)
})

test('a gap just above the pace of the beats is no stall', () => {
  expect(
    judge([
      [25, 20],
      [50, 45],
      [100, 95, 50],
    ]).at(-1)?.endedMs,
  ).toBeUndefined()
})

test('of a second short stall within ten seconds only the place is asked, a hang is told', () => {
  const shortly = [...punctual(200), [225, 220, 220]] as const
  const again = Array.from({ length: 50 }, (_, index) => [250 + index * 25, 220] as const)
  const verdicts = judge([...shortly, ...again.slice(0, 8), [450, 445, 225]])
  expect(told(verdicts)).toEqual(['short', 'place'])
  expect(verdicts.flatMap(({ endedMs }) => endedMs ?? [])).toEqual([195, 200])
  expect(told(judge([...shortly, ...again]))).toEqual(['short', 'place', 'hang'])
})

test('one that comes within a fifth of a second is counted without a question', () => {
  const again = [150, 175, 200, 225].map((nowMs) => [nowMs, 120] as const)
  const verdicts = judge([...punctual(100), [125, 120, 120], ...again, [250, 245, 125]])
  expect(told(verdicts)).toEqual(['short'])
  expect(verdicts.flatMap(({ endedMs }) => endedMs ?? [])).toEqual([95, 100])
})

test('ten seconds later the next one is told', () => {
  const quiet = Array.from({ length: 400 }, (_, index) => [250 + index * 25, 245 + index * 25] as const)
  const stuck = Array.from({ length: 8 }, (_, index) => [10_250 + index * 25, 10_220] as const)
  expect(told(judge([...punctual(200), [225, 220, 220], ...quiet, ...stuck]))).toEqual(['short', 'short'])
})

test.each([
  [
    'the sentinel wakes first',
    [
      [5025, 20],
      [5050, 5045, 5025],
    ],
  ],
  ['the main thread wakes first', [[5025, 5024, 5004]]],
  [
    'it had beaten just before',
    [
      [5025, 49],
      [5050, 5045, 4996],
    ],
  ],
] as const)('a freeze of the whole process is no stall: %s', (_, looks) => {
  const verdicts = judge([[25, 20], ...looks, [5075, 5070]])
  expect(told(verdicts)).toEqual([])
  expect(verdicts.flatMap(({ endedMs }) => endedMs ?? [])).toEqual([])
})

test('a starved sentinel still finds an endless loop, later', () => {
  const looks = Array.from(
    { length: 200 },
    (_, index) => [25 + index * 25 + Math.floor(index / 3) * 60, 0] as const,
  )
  expect(told(judge(looks))).toEqual(['short', 'hang'])
})
