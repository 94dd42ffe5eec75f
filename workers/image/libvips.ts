import sharp, { type OutputInfo, type Sharp } from 'sharp'
import { TaskError } from '../../src/index.ts'

/**
 * One libvips thread for each task: the pool already runs as many tasks as there are cores. No
 * cache: two requests hardly ever hold the same image.
 */
sharp.concurrency(1)
sharp.cache(false)

/**
 * What `sniff-format.ts` keeps out is switched off in libvips too, so that a mistake there, or a
 * file that is two formats at once, still reaches none of these decoders. It holds for the process:
 * a task of your own that wants one of them calls `sharp.unblock`.
 */
sharp.block({
  operation: [
    'VipsForeignLoadSvg',
    'VipsForeignLoadPdf',
    'VipsForeignLoadMagick',
    'VipsForeignLoadMagick7',
    'VipsForeignLoadOpenslide',
    'VipsForeignLoadVips',
    'VipsForeignLoadJxl',
    'VipsForeignLoadJp2k',
    'VipsForeignLoadUhdr',
    'VipsForeignLoadDcRaw',
    'VipsForeignLoadRad',
    'VipsForeignLoadPpm',
    'VipsForeignLoadFits',
    'VipsForeignLoadOpenexr',
    'VipsForeignLoadMat',
    'VipsForeignLoadAnalyze',
    'VipsForeignLoadNifti',
    'VipsForeignLoadCsv',
    'VipsForeignLoadMatrix',
    'VipsForeignLoadRaw',
  ],
})

/** What a pipeline needs to know of the request that it works for. */
export interface Deadline {
  throwIfAborted(): void
  /** Milliseconds left of the time limit. */
  remainingMs(): number
}

export interface Rendered {
  /** Owns its whole ArrayBuffer, so it can be transferred. */
  readonly data: Uint8Array
  readonly info: OutputInfo
}

/** Runs a pipeline to pixels for the next one. Its memory belongs to libvips and cannot be transferred. */
export function renderPixels(image: Sharp, deadline: Deadline): Promise<Rendered> {
  return within(deadline, image, () => image.raw().toBuffer({ resolveWithObject: true }))
}

/** Runs a pipeline to the bytes of the answer. */
export function renderFile(image: Sharp, deadline: Deadline): Promise<Rendered> {
  return within(deadline, image, () => image.toUint8Array())
}

/**
 * libvips looks at the clock itself, in whole seconds: nothing else stops it, ending the thread
 * included. Rounded up, so that it never stops early.
 */
async function within(deadline: Deadline, image: Sharp, run: () => Promise<Rendered>): Promise<Rendered> {
  deadline.throwIfAborted()
  const remainingMs = deadline.remainingMs()
  if (remainingMs <= 0) throw timedOut()
  image.timeout({ seconds: Math.min(Math.ceil(remainingMs / 1000), 3600) })
  try {
    return await run()
  } catch (error) {
    throw isTimeout(error) ? timedOut(error) : error
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout: \d+% complete/.test(error.message)
}

function timedOut(cause?: unknown): TaskError {
  return new TaskError('TASK_TIMEOUT', 'The image took longer than the time limit allows; it was stopped', {
    cause,
  })
}
