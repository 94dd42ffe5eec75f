import sharp from 'sharp'
import { expect, test } from 'vitest'
import { resizedSize } from '../../../workers/image/geometry.ts'
import { parseOperations } from '../../../workers/image/parse-operations.ts'
import { applyResize } from '../../../workers/image/steps.ts'

const sides = [undefined, 1, 37, 100, 213]
const fits = ['cover', 'contain', 'fill', 'inside', 'outside']
const wishes = sides
  .flatMap((width) => sides.map((height) => ({ width, height })))
  .filter(({ width, height }) => width !== undefined || height !== undefined)

test.each([
  [100, 75],
  [60, 131],
  [200, 3],
])('the predicted size is the one that sharp makes of %d × %d', async (width, height) => {
  const wrong: unknown[] = []
  for (const withoutEnlargement of [false, true]) {
    for (const fit of fits) {
      for (const wish of wishes) {
        const [operation] = parseOperations([{ type: 'resize', ...wish, fit, withoutEnlargement }])
        if (operation?.type !== 'resize') throw new Error('A resize was wanted')
        const image = sharp({ create: { width, height, channels: 3, background: 'red' } })
        const { info } = await applyResize(image, operation, false)
          .raw()
          .toBuffer({ resolveWithObject: true })
        const predicted = resizedSize({ width, height }, operation)
        if (predicted.width !== info.width || predicted.height !== info.height) {
          wrong.push({ operation, predicted, actual: [info.width, info.height] })
        }
      }
    }
  }
  expect(wrong).toEqual([])
})
