import sharp, { type Sharp } from 'sharp'
import { TaskError } from '../../src/index.ts'
import { attachMetadata } from './attach-metadata.ts'
import { encode } from './encoding.ts'
import type { Size } from './geometry.ts'
import { type ImageFacts, invalidImage } from './inspect.ts'
import { type Deadline, type Rendered, renderFile, renderPixels } from './libvips.ts'
import { joinAlpha, joinFrames, type Pixels, splitAlpha, splitFrames } from './pixels.ts'
import { type Plan, type Stage, startSize } from './plan.ts'
import { applyResize, type Step } from './steps.ts'

export interface PlanRun {
  readonly bytes: Uint8Array
  readonly facts: ImageFacts
  readonly plan: Plan
  readonly maxPixels: number
  readonly deadline: Deadline
  /** Called with 0 to 1 after each stage. */
  readonly reportProgress: (fraction: number) => void
}

/**
 * Decodes, runs the stages one after the other and encodes.
 *
 * @throws {TaskError} `IMAGE_INVALID` where the image turns out to be damaged, `TASK_TIMEOUT`
 */
export async function runPlan(run: PlanRun): Promise<Rendered> {
  const { plan, facts, deadline, bytes } = run
  let source: Source = bytes
  for (const [index, stage] of plan.before.entries()) {
    source = await blaming(run, source, () => runStage(run, source, stage))
    run.reportProgress((index + 1) / (plan.before.length + 1))
  }
  const carriesMetadata = plan.encoding.keepMetadata && isPixels(source)
  if (carriesMetadata && !plan.animated) {
    source = attachMetadata((await renderPng(run, source)).data, facts)
  }
  return blaming(run, source, () => renderFile(finish(run, source), deadline))
}

/** Either the image as it came (or one with metadata that was put together here), or pixels of a stage. */
type Source = Uint8Array | Pixels

function isPixels(source: Source): source is Pixels {
  return !(source instanceof Uint8Array)
}

async function runStage(run: PlanRun, source: Source, stage: Stage): Promise<Pixels> {
  const { step } = stage
  if (step === undefined || stage.resize !== undefined || !isPixels(source)) {
    return render(run, source, (image) => applyStage(run, source, image, stage))
  }
  if (step.readsNeighbours !== true || source.frameHeight === undefined) return runStep(run, source, step)
  const frames: Pixels[] = []
  for (const frame of splitFrames(source)) frames.push(await runStep(run, frame, step))
  return joinFrames(frames)
}

async function runStep(run: PlanRun, source: Pixels, step: Step): Promise<Pixels> {
  const apply = (image: Sharp) => step.apply(image, sizeOf(run, source))
  if (step.colourOnly !== true || !hasAlpha(source)) return render(run, source, apply)
  const { colour, alpha } = splitAlpha(source)
  return joinAlpha(await render(run, colour, apply), alpha)
}

function hasAlpha({ channels }: Pixels): boolean {
  return channels === 2 || channels === 4
}

async function render(run: PlanRun, source: Source, apply: (image: Sharp) => Sharp): Promise<Pixels> {
  const { data, info } = await renderPixels(apply(open(run, source)), run.deadline)
  const { width, height, channels, pageHeight } = info
  return { data, width, height, channels, ...(pageHeight !== undefined && { frameHeight: pageHeight }) }
}

function finish(run: PlanRun, source: Source): Sharp {
  const { plan, facts } = run
  const flattens = plan.encoding.format === 'jpeg'
  const opened = flattens ? open(run, source).flatten({ background: '#fff' }) : open(run, source)
  const image = applyStage(run, source, opened, plan.last, facts.hasAlpha && !flattens)
  const encoded = encode(image, plan.encoding, plan.animated ? animationOf(facts) : {})
  if (!plan.encoding.keepMetadata) return encoded
  // Put together here, it still says how the camera was held; the pixels are upright by now.
  return encoded.withMetadata(source === run.bytes ? {} : { orientation: 1 })
}

function applyStage(
  run: PlanRun,
  source: Source,
  image: Sharp,
  { resize, step }: Stage,
  alpha = run.facts.hasAlpha,
): Sharp {
  const resized = resize === undefined ? image : applyResize(image, resize, alpha)
  return step === undefined ? resized : step.apply(resized, sizeOf(run, source))
}

function sizeOf({ facts, plan }: PlanRun, source: Source): Size {
  if (!isPixels(source)) return startSize(facts, plan.animated)
  return { width: source.width, height: source.frameHeight ?? source.height }
}

function open({ plan, maxPixels, bytes }: PlanRun, source: Source): Sharp {
  const limits = { limitInputPixels: maxPixels }
  if (isPixels(source)) {
    const { data, width, height, channels, frameHeight } = source
    const raw = { width, height, channels, ...(frameHeight !== undefined && { pageHeight: frameHeight }) }
    // Grey becomes RGB again: `tint` of a grey image would stay grey.
    return sharp(data, { ...limits, raw, animated: plan.animated }).pipelineColourspace('srgb')
  }
  // `warning` is the strictest: a damaged image is refused and not delivered with grey stripes.
  return sharp(source, {
    ...limits,
    failOn: 'warning',
    animated: plan.animated,
    autoOrient: source === bytes && !plan.animated,
  })
}

/** sharp wants delays that a WebP can hold. */
function animationOf({ delay, loop }: ImageFacts): { delay?: number[]; loop?: number } {
  return {
    ...(delay !== undefined && { delay: delay.map((ms) => Math.min(ms, 65_535)) }),
    ...(loop !== undefined && { loop: Math.min(loop, 65_535) }),
  }
}

/** Without compression: it lives only until the next pipeline opens it. */
function renderPng(run: PlanRun, source: Source): Promise<Rendered> {
  return renderFile(open(run, source).png({ compressionLevel: 0 }), run.deadline)
}

/**
 * Finds out whose fault an error is. Only an image that cannot be decoded by itself is the caller's;
 * anything else is ours and stays an error of the server.
 */
async function blaming<Result>(run: PlanRun, source: Source, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const ours = error instanceof TaskError || isPixels(source) || isAbort(error)
    if (ours || (await decodes(run, source))) throw error
    throw invalidImage(run.facts.format, 'its pixels are damaged or its end is missing', error)
  }
}

async function decodes(run: PlanRun, source: Source): Promise<boolean> {
  try {
    await renderPixels(open(run, source), run.deadline)
    return true
  } catch (error) {
    if (error instanceof TaskError || isAbort(error)) throw error
    return false
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
