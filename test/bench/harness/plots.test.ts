import sharp from 'sharp'
import { expect, test } from 'vitest'
import { barPlots } from '../../../bench/harness/bar-plot.ts'
import { type FlameNode, flameGraph } from '../../../bench/harness/flame-graph.ts'
import { linePlots } from '../../../bench/harness/line-plot.ts'
import { seriesPlots } from '../../../bench/harness/series-plot.ts'

/** Fails where the text is not well-formed. */
const sizeOf = async (svg: string) => {
  const { format, width, height } = await sharp(Buffer.from(svg)).metadata()
  return { format, width, height }
}

const AWKWARD = 'a < b & c > "d"'

test('bars are well-formed, whatever their texts are', async () => {
  const bars = [
    { label: AWKWARD, value: 2 },
    { label: 'b', value: 1, note: AWKWARD },
  ]
  expect(await sizeOf(barPlots([{ title: AWKWARD, bars }]))).toMatchObject({ format: 'svg', width: 720 })
})

test('a bar is as long as its share of the longest', () => {
  const svg = barPlots([
    {
      title: '',
      bars: [
        { label: 'whole', value: 40 },
        { label: 'quarter', value: 10 },
      ],
    },
  ])
  const [, whole, quarter] = [...svg.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width))
  expect(quarter).toBe(Number(whole) / 4)
})

test('bars of nothing are well-formed', async () => {
  const bars = [{ label: 'a', value: 0 }]
  expect(await sizeOf(barPlots([{ title: 'none', bars }]))).toMatchObject({ format: 'svg' })
})

test('lines are well-formed, whatever their names are, and each point is a dot', async () => {
  const plot = {
    title: AWKWARD,
    lines: [
      { name: AWKWARD, values: [1, 20, 300] },
      { name: 'b', values: [0, 0, 0] },
    ],
    mark: { at: 100, label: AWKWARD },
  }
  const svg = linePlots({ label: AWKWARD, values: [0.5, 1, 10] }, [plot, plot])
  expect(await sizeOf(svg)).toMatchObject({ format: 'svg', width: 840 })
  expect(svg.match(/<circle /g)).toHaveLength(12)
})

test('lines of one point, of nothing, are well-formed and without NaN', async () => {
  const plot = { title: '', lines: [{ name: 'a', values: [0] }], mark: { at: 0, label: '' } }
  const svg = linePlots({ label: '', values: [1] }, [plot])
  expect(svg).not.toContain('NaN')
  expect(await sizeOf(svg)).toMatchObject({ format: 'svg' })
})

test('lines along something that goes on are well-formed, whatever their texts are', async () => {
  const points = [[0, 1] as const, [1000, 3] as const]
  const svg = seriesPlots(AWKWARD, [{ title: AWKWARD, lines: [{ name: AWKWARD, points }] }])
  expect(await sizeOf(svg)).toMatchObject({ format: 'svg', width: 420 })
  expect(await sizeOf(seriesPlots('', [{ title: 'none', lines: [] }]))).toMatchObject({ format: 'svg' })
})

test('a flame graph is well-formed, and a call is as wide as its share of all', async () => {
  const call = (name: string, value: number, calls: FlameNode[] = []) => ({
    name,
    origin: name,
    value,
    calls,
  })
  const svg = flameGraph(AWKWARD, call(AWKWARD, 100, [call('half', 50), call('lost', 0.01)]))
  expect(await sizeOf(svg)).toMatchObject({ format: 'svg', width: 1200 })
  expect(svg).toContain('<title>half, 50.0 %</title><rect x="8.0" y="52" width="591.5"')
  expect(svg).not.toContain('lost')
  expect(await sizeOf(flameGraph('', call('nothing', 0)))).toMatchObject({ format: 'svg' })
})
