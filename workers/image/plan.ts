import { TaskError } from '../../src/index.ts'
import { chooseEncoding, type Encoding } from './encoding.ts'
import { resizedSize, type Size } from './geometry.ts'
import type { ImageFacts } from './inspect.ts'
import type { CompressOperation, Operation, OutputFormat, ResizeOperation } from './operations.ts'
import { invalidOperation } from './parse-operations.ts'
import { enhanceSteps, filterStep, type Step } from './steps.ts'

/** What one sharp pipeline does: a resize, or one step, or a resize and then a step. */
export interface Stage {
  readonly resize?: ResizeOperation
  readonly step?: Step
}

export interface Plan {
  /** Each passes its pixels to the next. Empty on the fast path. */
  readonly before: readonly Stage[]
  /** Also encodes. */
  readonly last: Stage
  readonly encoding: Encoding
  /** All frames of the animation are kept. */
  readonly animated: boolean
  /** The operations as they are carried out. */
  readonly applied: readonly Operation[]
}

/**
 * Operations run in the order given; sharp runs one pipeline in an order of its own. So they are cut
 * into stages in which both orders are the same. A stage is as short as can be: between any two
 * steps there is something in sharp that one pipeline would change (sums above 255 after `recomb`
 * that are not yet clipped, alpha that is still multiplied in). A resize with what encodes it, which
 * is nearly every request, stays one pipeline and so keeps shrinking on load.
 *
 * @throws {TaskError} `OUTPUT_TOO_LARGE` or `OPERATION_INVALID`, before any pixel is decoded
 */
export function planImage(
  operations: readonly Operation[],
  facts: ImageFacts,
  format: OutputFormat,
  maxPixels: number,
): Plan {
  const animated = facts.frames > 1 && format === 'webp'
  const size = sizeAfter(operations, facts, { animated, maxPixels })
  const compress = lastCompress(operations)
  const encoding = chooseEncoding(format, size, compress)
  const stages = cutIntoStages(operations, { ...facts, animated })
  const last = stages.at(-1)
  const canEncode = last !== undefined && encodesToo(last, format, { ...facts, animated })
  return {
    before: canEncode ? stages.slice(0, -1) : stages,
    last: canEncode ? last : {},
    encoding,
    animated,
    applied: appliedOperations(operations, compress?.operation, encoding),
  }
}

/** `Accept` may choose the format only where no operation names one. */
export function askedFormat(operations: readonly Operation[]): OutputFormat | undefined {
  return lastCompress(operations)?.operation.format
}

interface StageFacts {
  readonly hasAlpha: boolean
  readonly isRgb8: boolean
  readonly animated: boolean
}

function cutIntoStages(operations: readonly Operation[], facts: StageFacts): Stage[] {
  const stages: Stage[] = []
  for (const operation of operations) {
    if (operation.type === 'resize') stages.push({ resize: operation })
    for (const step of stepsOf(operation)) {
      const previous = stages.at(-1)
      const first = stages.length <= 1
      if (previous !== undefined && previous.step === undefined && sharesPipeline(step, facts, first)) {
        stages[stages.length - 1] = { ...previous, step }
      } else if (previous === undefined && needsPixels(step, facts)) {
        stages.push({}, { step })
      } else {
        stages.push({ step })
      }
    }
  }
  return stages
}

function stepsOf(operation: Operation): Step[] {
  if (operation.type === 'filter') return [filterStep(operation)]
  return operation.type === 'enhance' ? enhanceSteps(operation) : []
}

/** May a step follow a resize in the same pipeline? With alpha, sharp resizes colours that alpha is multiplied into. */
function sharesPipeline(step: Step, facts: StageFacts, first: boolean): boolean {
  return step.afterResize === true && !facts.hasAlpha && !isApart(step, facts) && (facts.isRgb8 || !first)
}

/** A step that cannot run straight on the encoded image. */
function needsPixels(step: Step, facts: StageFacts): boolean {
  return isApart(step, facts) || !facts.isRgb8
}

/** A step that runs on parts of the pixels: on frames one by one, or with alpha set aside. */
function isApart(step: Step, { hasAlpha, animated }: StageFacts): boolean {
  return (step.colourOnly === true && hasAlpha) || (step.readsNeighbours === true && animated)
}

/** JPEG has no alpha, and sharp paints the background before everything else instead of at the end. */
function encodesToo({ step }: Stage, format: OutputFormat, facts: StageFacts): boolean {
  if (step === undefined) return true
  return !isApart(step, facts) && !(format === 'jpeg' && facts.hasAlpha)
}

/** An animation stays as it is stored: libvips would turn all its frames as if they were one picture. */
export function startSize({ size, storedSize }: ImageFacts, animated: boolean): Size {
  return animated ? storedSize : size
}

/** libvips cannot count further. */
const MAX_COORDINATE = 10_000_000

function sizeAfter(
  operations: readonly Operation[],
  facts: ImageFacts,
  { animated, maxPixels }: { animated: boolean; maxPixels: number },
): Size {
  const frames = animated ? facts.frames : 1
  let size = startSize(facts, animated)
  for (const [index, operation] of operations.entries()) {
    if (operation.type !== 'resize') continue
    const looksAtPixels = operation.position === 'entropy' || operation.position === 'attention'
    if (animated && looksAtPixels) {
      const expected = 'a side, a corner or the centre for an animation'
      throw invalidOperation(operation, index, { path: ['position'], expected, received: operation.position })
    }
    const { scaled, ...result } = resizedSize(size, operation)
    // `entropy` and `attention` make all pixels before they cut, the others only those that are kept.
    const made = looksAtPixels ? scaled : result
    const pixels = made.width * made.height * frames
    if (pixels > maxPixels || Math.max(scaled.width, scaled.height) > MAX_COORDINATE) {
      throw tooLarge(index, made, frames, maxPixels)
    }
    size = result
  }
  return size
}

function tooLarge(index: number, { width, height }: Size, frames: number, maxPixels: number): TaskError {
  const each = frames > 1 ? ` × ${frames} frames` : ''
  return new TaskError(
    'OUTPUT_TOO_LARGE',
    `Cannot use operation ${index} ("resize"): expected at most ${maxPixels} pixels, it would make ${width} × ${height}${each}`,
    { details: { index, width, height, frames, maxPixels } },
  )
}

/** Encoding happens once, at the end: of several `compress` the last counts, and it counts alone. */
function lastCompress(
  operations: readonly Operation[],
): { operation: CompressOperation; index: number } | undefined {
  const index = operations.findLastIndex(({ type }) => type === 'compress')
  const operation = operations[index]
  return operation?.type === 'compress' ? { operation, index } : undefined
}

function appliedOperations(
  operations: readonly Operation[],
  compress: CompressOperation | undefined,
  encoding: Encoding,
): Operation[] {
  return operations
    .filter((operation) => operation.type !== 'compress' || operation === compress)
    .map((operation) => (operation.type === 'compress' ? { type: 'compress', ...encoding } : operation))
}
