import { expect, test, vi } from 'vitest'
import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import { counter, histogram } from '../../../src/observability/metrics/metric-types.ts'
import { Meters } from '../../../src/observability/metrics/meters.ts'
import { Counted } from '../../support/counted.ts'

const pings = counter({ name: 'offloop_pings_total', help: '', labels: ['from'] })
const sizes = histogram({ name: 'offloop_size_bytes', help: '', labels: [], buckets: [1, 10] })
const written = () => new Promise((resolve) => process.nextTick(resolve))

test('a counter adds up, for each value of its labels', async () => {
  const counted = new Counted()
  counted.meters.count(pings, ['here'])
  counted.meters.count(pings, ['there'], 5)
  counted.meters.count(pings, ['here'])
  await written()
  expect([counted.value(pings, ['here']), counted.value(pings, ['there'])]).toEqual([2, 5])
})

test('a value falls into the first bucket whose bound is not below it', async () => {
  const rows: number[][] = []
  const meters = new Meters({ add: () => 0, writeCells: (cells) => rows.push([...cells]) })
  for (const size of [1, 1.5, 10, 11]) {
    meters.observe(sizes, [], size)
    await written()
  }
  // Written is what changed, from the first such cell to the last: bucket and sum.
  expect(rows).toEqual([
    [1, 0, 0, 1],
    [1, 0, 2.5],
    [2, 0, 12.5],
    [1, 23.5],
  ])
})

test('what one callback counts is written at once', async () => {
  const writeCells = vi.fn()
  const meters = new Meters({ add: () => 0, writeCells })
  meters.count(pings, ['here'])
  meters.count(pings, ['here'])
  expect(writeCells).not.toHaveBeenCalled()
  await written()
  expect(writeCells).toHaveBeenCalledExactlyOnceWith(Float64Array.of(2), 0)
})

test('what several processes have counted adds up to the same in any order', async () => {
  const seconds = [0.1, 0.2, 0.3]
  const sums = await Promise.all(
    seconds.map(async (each) => {
      const counted = new Counted()
      counted.meters.observe(sizes, [], each)
      counted.meters.count(pings, ['here'], each)
      await written()
      return [counted.observed(sizes, [])?.sum ?? 0, counted.value(pings, ['here']) ?? 0]
    }),
  )
  for (const [a = 0, b = 0, c = 0] of [sums.map(([sum]) => sum), sums.map(([, count]) => count)]) {
    expect(a + b + c).toBe(a + (b + c))
    expect(a + b + c).toBeCloseTo(0.6, 5)
  }
  // Without that it would not, and a total that falls by its last digit is one that began anew.
  expect(0.1 + 0.2 + 0.3).not.toBe(0.1 + (0.2 + 0.3))
})

test('a series that is declared is there at 0', () => {
  const counted = new Counted()
  counted.meters.declare(pings, ['nobody'])
  expect(counted.value(pings, ['nobody'])).toBe(0)
})

test('thousands of series keep their numbers', async () => {
  const counted = new Counted()
  for (let at = 0; at < 3000; at++) counted.meters.count(pings, [String(at)], at)
  await written()
  expect([0, 1, 1023, 1024, 2999].map((at) => counted.value(pings, [String(at)]))).toEqual([
    0, 1, 1023, 1024, 2999,
  ])
})

test('where there is no room, that is said once, and what is there goes on counting', async () => {
  const reasons: string[] = []
  const rows: number[] = []
  const area = {
    add: (name: string) => (name.includes('"here"') ? 0 : undefined),
    writeCells: (cells: Float64Array) => rows.push(...cells),
  }
  const meters = new Meters(area, (reason) => reasons.push(reason))
  for (const from of ['here', 'there', 'elsewhere', 'here', 'there']) meters.count(pings, [from])
  await written()
  expect([reasons.length, rows]).toEqual([1, [2]])
  expect(reasons[0]).toContain('there')
})

test('a file that cannot be written to ends the counting, and nothing else', async () => {
  const reasons: string[] = []
  const full = () => {
    throw new Error('ENOSPC: no space left on device')
  }
  const meters = new Meters({ add: () => 0, writeCells: full }, (reason) => reasons.push(reason))
  for (let times = 0; times < 3; times++) {
    meters.count(pings, ['here'])
    await written()
  }
  expect(reasons).toEqual(['ENOSPC: no space left on device'])
})

test('without a place to write to, nothing is counted', () => {
  const meters = new Meters(undefined)
  meters.count(pings, ['here'])
  meters.observe(countedMetrics.taskRun, ['hash', 'ok'], 1)
})

test('the newest exemplar of each bucket is given away once', () => {
  const { meters } = new Counted()
  meters.observe(sizes, [], 0.5, 'a'.repeat(32))
  meters.observe(sizes, [], 0.75, 'b'.repeat(32))
  meters.observe(sizes, [], 5)
  meters.observe(sizes, [], 50, 'c'.repeat(32))
  const seen = meters.takeExemplars().map(({ bucket, value, traceId }) => [bucket, value, traceId[0]])
  expect(seen).toEqual([
    [0, 0.75, 'b'],
    [2, 50, 'c'],
  ])
  expect(meters.takeExemplars()).toEqual([])
})
