import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { processed } from '../../fixtures/images/process.ts'
import { quadrants } from '../../fixtures/images/sample-images.ts'

describe('metadata', () => {
  const xmp =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
  const tagged = () =>
    quadrants(40, 20)
      .withMetadata({ orientation: 6 })
      .withExifMerge({
        IFD0: { Copyright: 'Ada' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .withXmp(xmp)
      .jpeg()
      .toBuffer()
  const severalStages = [
    { type: 'filter', filter: 'sepia' },
    { type: 'filter', filter: 'blur' },
  ]

  test('is there to begin with', async () => {
    const { exif, xmp: packet, icc, orientation } = await sharp(await tagged()).metadata()

    expect([exif?.includes('Ada'), packet?.includes('xmpmeta'), icc !== undefined, orientation]).toEqual([
      true,
      true,
      true,
      6,
    ])
  })

  test.each([{ operations: [] }, { operations: severalStages }])(
    'is stripped after $operations.length operations',
    async ({ operations }) => {
      for (const format of ['jpeg', 'png', 'webp', 'avif']) {
        const result = await processed(await tagged(), [...operations, { type: 'compress', format }])
        const { exif, xmp: packet, iptc, icc, orientation } = await sharp(result).metadata()
        expect([exif, packet, iptc, icc, orientation]).toEqual([
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
        ])
        expect(Buffer.from(result).includes('Ada')).toBe(false)
      }
    },
  )

  test.each([{ operations: [] }, { operations: severalStages }])(
    'is kept after $operations.length operations, where that is asked for',
    async ({ operations }) => {
      for (const format of ['jpeg', 'png', 'webp', 'avif']) {
        const result = await processed(await tagged(), [
          ...operations,
          { type: 'compress', format, keepMetadata: true },
        ])
        const { exif, xmp: packet, icc, orientation, width, height } = await sharp(result).metadata()
        expect(exif?.includes('Ada')).toBe(true)
        expect(packet?.includes('xmpmeta')).toBe(true)
        expect(icc).toBeDefined()
        // It stands upright by now, and no tag may turn it again.
        expect([width, height, orientation ?? 1]).toEqual([20, 40, 1])
      }
    },
  )
})
