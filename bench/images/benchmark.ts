import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { loopFigures, withCpu } from '../harness/loop-figures.ts'
import { number, ratioCell, table } from '../harness/table.ts'
import { ratioTargetLine } from '../harness/ratio-target.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { turnByTurn } from '../harness/turn-by-turn.ts'
import { ALONE, IPX, imageContenders, OFFLOOP } from './contenders.ts'
import { takePictures } from './pictures.ts'
import { PHOTO, QUALITY, THUMBNAIL, type WantedImage, wantedImages } from './wanted-images.ts'

const SIZE = { processes: 2, threads: 2 }
/** Twice as many as there are threads: none is ever without work. */
const CLIENTS = 2 * SIZE.processes * SIZE.threads
/** Longer turns than usual: at the end of each, some images are still under way. */
const TURN_SECONDS = 4
const WARM_UP_SECONDS = 0.5
const TARGET = 0.95

export const images: Benchmark = {
  name: 'images',
  title: 'Images: what is left of sharp behind HTTP',

  async check() {
    await using folder = await temporaryFolder()
    const { mix } = await variantsIn(folder.path)
    for (const contender of imageContenders(SIZE, folder.path)) {
      await using server = await contender.start()
      // Each client sends one request at least, so that each picture is asked for.
      await contender.make(server.url, mix, mix.length, 0)
    }
  },

  async measure(effort: Effort) {
    await using folder = await temporaryFolder()
    const rows: Row[] = []
    for (const [variant, wanted] of Object.entries(await variantsIn(folder.path))) {
      await turnByTurn({
        contenders: imageContenders(SIZE, folder.path),
        effort,
        turnSeconds: TURN_SECONDS,
        warmUpSeconds: WARM_UP_SECONDS,
        measure: ({ url, pid }, contender, seconds) =>
          withCpu(pid, () => contender.make(url, wanted, CLIENTS, seconds)),
        onRound(contender, round, turns) {
          const { perSecond: imagesPerSecond, ...figures } = loopFigures(turns)
          rows.push({ contender: contender.name, variant, round, figures: { imagesPerSecond, ...figures } })
        },
      })
    }
    return rows
  },

  describe({ rows }: BenchmarkResult) {
    const toAlone = (contender: string, variant: string) =>
      ratioOf(rows, { contender, variant }, { contender: ALONE, variant }, 'imagesPerSecond')
    const lines = variantsOf(rows).flatMap((variant) =>
      contendersOf(rows).map((contender) => {
        const figure = (name: string) => number(spreadOf(rows, { contender, variant }, name)?.median)
        // Nobody waits for an image there.
        const ms = contender === ALONE ? ['–', '–'] : [figure('p50Ms'), figure('p99Ms')]
        const ratio = ratioCell(toAlone(contender, variant))
        return [`${contender}, ${variant}`, figure('imagesPerSecond'), ratio, ...ms, figure('cpuMs')]
      }),
    )
    const head = ['', 'images a second', `to ${ALONE}`, 'p50, ms', 'p99, ms', 'CPU ms an image']
    const target = ratioTargetLine({
      of: `${OFFLOOP} to ${ALONE}, in images a second`,
      bound: 'at least',
      value: TARGET,
      measured: variantsOf(rows).map((label) => ({ label, ratio: toAlone(OFFLOOP, label) })),
    })
    return [ABOUT, table(head, lines), target, HELD_BACK].join('\n\n')
  },

  plots({ rows }: BenchmarkResult) {
    const groups = variantsOf(rows).map((variant) => ({
      title: `Images a second, ${variant}`,
      bars: contendersOf(rows).map((contender) => {
        const value = spreadOf(rows, { contender, variant }, 'imagesPerSecond')?.median ?? 0
        return { label: contender, value, note: number(value) }
      }),
    }))
    return { '': barPlots(groups) }
  },
}

const ABOUT = `JPEGs of 2, 4 and 6 megapixels (0.8 to 2.5 MB, made from a seed; one was taken with the camera held upright) become JPEG \
${PHOTO.width} pixels wide, WebP ${THUMBNAIL.width} pixels wide, or either in turn; quality ${QUALITY}, upright, without metadata. \
${CLIENTS} connections wait for their answers; each server has ${SIZE.processes} processes (and Offloop ${SIZE.threads} threads in each). \
The limit is *${ALONE}*: ${SIZE.threads} pictures at once in each of ${SIZE.processes} processes, from memory to memory, \
without HTTP. ${IPX} takes no uploads: it reads the pictures from a folder, so nothing is sent to it. Every answer of \
everybody is byte for byte what sharp makes of that picture, which was decoded and held against the original beforehand.`

const HELD_BACK = `**What holds it back.** Of a thumbnail's processor time, taken apart by threads: 40 ms are sharp's, 5 the event loop's, which takes 0.8 to 2.5 MB \
from the kernel, 3.5 the thread's (a SHA-256 of the upload, by which a picture that kills a process is known the next time, 1.4 ms; then \
checks of the header), 2 V8's. Clients that send take some of the same two cores, and all of it takes room in their caches. ${ALONE} has none of this, \
and ${IPX} is sent nothing. Threads at lower priority let light requests through meanwhile: see *Isolation*.`

interface Variants {
  readonly 'JPEG to 720 px': readonly WantedImage[]
  readonly 'WebP thumbnails': readonly WantedImage[]
  readonly mix: readonly WantedImage[]
}

async function variantsIn(folder: string): Promise<Variants> {
  const pictures = await takePictures(folder)
  const photos = await wantedImages(pictures, PHOTO)
  const thumbnails = await wantedImages(pictures, THUMBNAIL)
  return {
    'JPEG to 720 px': photos,
    'WebP thumbnails': thumbnails,
    mix: photos.flatMap((photo, index) => [photo, thumbnails[index] ?? photo]),
  }
}
