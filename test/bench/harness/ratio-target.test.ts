import { expect, it } from 'vitest'
import { ratioTargetLine } from '../../../bench/harness/ratio-target.ts'

const spread = (median: number) => ({ median, lowest: median, highest: median })

it('a target says of each ratio whether it is met, and by how much it is not', () => {
  const measured = [
    { label: 'JPEG', ratio: spread(0.97) },
    { label: 'WebP', ratio: spread(0.5) },
    { label: 'mix', ratio: undefined },
  ]
  expect(ratioTargetLine({ of: 'A to B', bound: 'at least', value: 0.75, measured })).toBe(
    'Target: A to B, at least 0.75. JPEG: 0.97, **met**; WebP: 0.5, **missed** by 0.25; mix: not measured.',
  )
})

it('a target may be a bound from above', () => {
  const measured = [{ label: 'images', ratio: spread(2.5) }]
  expect(ratioTargetLine({ of: 'p99 to idle', bound: 'at most', value: 2, measured })).toBe(
    'Target: p99 to idle, at most 2. images: 2.5, **missed** by 0.5.',
  )
})
