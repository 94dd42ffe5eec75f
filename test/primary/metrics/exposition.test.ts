import { expect, test } from 'vitest'
import { counter, gauge, histogram } from '../../../src/observability/metrics/metric-types.ts'
import { OPEN_METRICS, TEXT } from '../../../src/primary/metrics/content-type.ts'
import { distributions, plain, print } from '../../../src/primary/metrics/exposition.ts'

const pings = counter({ name: 'offloop_pings_total', help: 'Pings.', labels: ['from'] })
const depth = gauge({ name: 'offloop_depth', help: 'Depth.', labels: [] })
const sizes = histogram({ name: 'offloop_size_bytes', help: 'Sizes.', labels: ['of'], buckets: [1, 10] })
const measured = {
  labels: ['x'],
  cells: Float64Array.of(2, 0, 1, 50.5),
  exemplarOf: (bucket: number) => (bucket === 2 ? { traceId: 'abc', value: 49, at: 1.5 } : undefined),
}
const families = [
  plain(pings, [
    [['a "b"\\\n'], 3],
    [['c'], null],
  ]),
  plain(depth, [[[], 0]]),
  distributions(sizes, [measured]),
]

test('prints what Prometheus reads: buckets add up, labels are escaped, what is not known is left out', async () => {
  expect(await print(families, TEXT)).toBe(
    [
      '# HELP offloop_pings_total Pings.',
      '# TYPE offloop_pings_total counter',
      'offloop_pings_total{from="a \\"b\\"\\\\\\n"} 3',
      '',
      '# HELP offloop_depth Depth.',
      '# TYPE offloop_depth gauge',
      'offloop_depth 0',
      '',
      '# HELP offloop_size_bytes Sizes.',
      '# TYPE offloop_size_bytes histogram',
      'offloop_size_bytes_bucket{le="1",of="x"} 2',
      'offloop_size_bytes_bucket{le="10",of="x"} 2',
      'offloop_size_bytes_bucket{le="+Inf",of="x"} 3',
      'offloop_size_bytes_sum{of="x"} 50.5',
      'offloop_size_bytes_count{of="x"} 3',
      '',
    ].join('\n'),
  )
})

test('OpenMetrics has exemplars, and an end', async () => {
  const lines = (await print(families, OPEN_METRICS)).split('\n')
  expect(lines).toContain('# TYPE offloop_pings counter')
  expect(lines).toContain('offloop_pings_total{from="a \\"b\\"\\\\\\n"} 3')
  expect(lines).toContain('offloop_size_bytes_bucket{le="+Inf",of="x"} 3 # {trace_id="abc"} 49 1.5')
  expect(lines.slice(-2)).toEqual(['# EOF', ''])
})
