import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { seeded } from '../../test/support/seeded.ts'

/** A picture as a camera would have it: JPEG, and how the camera was held. */
export interface Picture {
  readonly file: string
  readonly megapixels: number
  /** Upright, which is not how it is stored where the camera was held so. */
  readonly width: number
  readonly height: number
}

/** The second was taken with the camera held upright: EXIF orientation 6, turn by 90° to the right. */
const CAMERAS = [
  { megapixels: 2, stored: { width: 1632, height: 1224 }, orientation: 1 },
  { megapixels: 4, stored: { width: 2448, height: 1632 }, orientation: 6 },
  { megapixels: 6, stored: { width: 3000, height: 2000 }, orientation: 1 },
] as const

/** Pixels of one cell, and by how much its brightness differs at most: from clouds to grain, as in a photograph. */
const NOISE = [
  { cell: 150, amount: 60 },
  { cell: 25, amount: 45 },
  { cell: 5, amount: 35 },
  { cell: 1, amount: 18 },
] as const

/** Writes them to a folder: detail of every size (gradients, noise, edges), and the same bytes each time. */
export function takePictures(folder: string): Promise<Picture[]> {
  return Promise.all(
    CAMERAS.map(async ({ megapixels, stored, orientation }) => {
      const file = join(folder, `${megapixels}-megapixels.jpg`)
      await writeFile(file, await photograph(stored, orientation, megapixels))
      const { width, height } = stored
      const isTurned = orientation === 6
      return { file, megapixels, width: isTurned ? height : width, height: isTurned ? width : height }
    }),
  )
}

interface Size {
  readonly width: number
  readonly height: number
}

async function photograph(size: Size, orientation: number, seed: number): Promise<Buffer> {
  const scene = sharp(Buffer.from(sceneSvg(size, seeded(seed))))
    .removeAlpha()
    .raw()
    .toBuffer()
  const layers = NOISE.map(({ cell }, index) => noise(size, cell, seed * 10 + index))
  const pixels = addNoise(await scene, await Promise.all(layers))
  return sharp(pixels, { raw: { ...size, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg({ quality: 90 })
    .toBuffer()
}

/** One byte a pixel. */
function noise({ width, height }: Size, cell: number, seed: number): Promise<Buffer> {
  const random = seeded(seed)
  const columns = Math.ceil(width / cell)
  const rows = Math.ceil(height / cell)
  const grid = Buffer.alloc(columns * rows)
  for (let index = 0; index < grid.length; index++) grid[index] = random() * 256
  return sharp(grid, { raw: { width: columns, height: rows, channels: 1 } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .extractChannel(0)
    .raw()
    .toBuffer()
}

function addNoise(pixels: Buffer, layers: readonly Buffer[]): Uint8ClampedArray {
  const shares = NOISE.map(({ amount }) => amount / 128)
  const result = new Uint8ClampedArray(pixels)
  for (let pixel = 0; pixel < pixels.length / 3; pixel++) {
    let difference = 0
    for (const [layer, values] of layers.entries())
      difference += ((values[pixel] ?? 128) - 128) * (shares[layer] ?? 0)
    for (let channel = pixel * 3; channel < pixel * 3 + 3; channel++) {
      result[channel] = (result[channel] ?? 0) + difference
    }
  }
  return result
}

/** A sky, hills below it, and things with edges. */
function sceneSvg({ width, height }: Size, random: () => number): string {
  const colour = () =>
    `hsl(${Math.round(random() * 360)} ${Math.round(30 + random() * 50)}% ${Math.round(20 + random() * 55)}%)`
  const things = Array.from({ length: 60 }, () => {
    const [x, y, across] = [
      random() * width,
      height * (0.35 + random() * 0.65),
      width * (0.01 + random() * 0.07),
    ]
    return random() < 0.5
      ? `<circle cx="${x}" cy="${y}" r="${across}" fill="${colour()}"/>`
      : `<rect x="${x}" y="${y}" width="${across}" height="${across * 2}" fill="${colour()}" transform="rotate(${random() * 90} ${x} ${y})"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<linearGradient id="sky" x2="0" y2="1"><stop stop-color="#24508f"/><stop offset="1" stop-color="#e9d5b0"/></linearGradient>
<rect width="100%" height="100%" fill="url(#sky)"/>
<path d="M0 ${height * 0.6} Q${width * 0.3} ${height * 0.3} ${width * 0.6} ${height * 0.6} T${width} ${height * 0.5} V${height} H0Z" fill="#3d5b3a"/>
${things.join('\n')}
</svg>`
}
