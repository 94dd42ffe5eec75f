import type { Sharp } from 'sharp'
import type { Size } from './geometry.ts'
import type { EnhanceOperation, FilterOperation, ResizeOperation } from './operations.ts'

/** One change of the pixels that a sharp pipeline makes by itself. */
export interface Step {
  /** @param size of one frame where the pipeline starts */
  apply(image: Sharp, size: Size): Sharp
  /** In sharp's fixed order it comes after the resize, so both may share a pipeline. */
  readonly afterResize?: boolean
  /** It reads neighbouring pixels: the frames of an animation must not run into each other. */
  readonly readsNeighbours?: boolean
  /** sharp would treat alpha like a colour. */
  readonly colourOnly?: boolean
}

/**
 * @param hasAlpha padding of `contain` is transparent where the image can be, else white
 */
export function applyResize(image: Sharp, operation: ResizeOperation, hasAlpha: boolean): Sharp {
  const { width, height, fit, position, withoutEnlargement } = operation
  return image.resize({
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    fit,
    position,
    withoutEnlargement,
    background: hasAlpha ? { r: 255, g: 255, b: 255, alpha: 0 } : '#fff',
  })
}

export function filterStep(operation: FilterOperation): Step {
  switch (operation.filter) {
    case 'grayscale':
      // Not `.grayscale()`: that would run before the resize.
      return { apply: (image) => image.toColourspace('b-w'), afterResize: true, colourOnly: true }
    case 'sepia':
      return { apply: (image) => image.recomb(SEPIA), afterResize: true }
    case 'blur':
      return { apply: (image) => image.blur(operation.sigma), afterResize: true, readsNeighbours: true }
    case 'sharpen':
      return {
        apply: (image) => image.sharpen({ sigma: operation.sigma }),
        afterResize: true,
        readsNeighbours: true,
      }
    case 'negate':
      return { apply: (image) => image.negate({ alpha: false }), afterResize: true }
    case 'median':
      return {
        apply: (image, size) => image.median(oddWindow(operation.size, size)),
        readsNeighbours: true,
        colourOnly: true,
      }
    case 'tint':
      return { apply: (image) => image.tint(operation.color), afterResize: true }
    case 'threshold':
      return { apply: (image) => image.threshold(operation.level), afterResize: true, colourOnly: true }
  }
}

/**
 * The order within one `enhance`: first what looks at the image (normalise, clahe), then what the
 * caller turns up or down (gamma, brightness and saturation, contrast).
 */
export function enhanceSteps(operation: EnhanceOperation): Step[] {
  const { normalise, clahe, gamma, brightness, saturation, contrast } = operation
  const steps: Step[] = []
  if (normalise === true) steps.push({ apply: (image) => image.normalise(), afterResize: true })
  if (clahe !== undefined && clahe !== false) steps.push(claheStep(clahe === true ? {} : clahe))
  if (gamma !== undefined) steps.push({ apply: (image) => applyGamma(image, gamma) })
  if (brightness !== undefined || saturation !== undefined) {
    const factors = { brightness: brightness ?? 1, saturation: saturation ?? 1 }
    steps.push({ apply: (image) => image.modulate(factors), afterResize: true })
  }
  if (contrast !== undefined) {
    // A straight line around middle grey, which stays where it is.
    steps.push({ apply: (image) => image.linear(contrast, 128 * (1 - contrast)), afterResize: true })
  }
  return steps
}

/**
 * Rows for red, green and blue, as CSS has them for `sepia(1)`.
 * @see https://www.w3.org/TR/filter-effects-1/#sepiaEquivalent
 */
const SEPIA: [[number, number, number], [number, number, number], [number, number, number]] = [
  [0.393, 0.769, 0.189],
  [0.349, 0.686, 0.168],
  [0.272, 0.534, 0.131],
]

/** The default window suits photographs; it slides, so it does not depend on the size of the image. */
function claheStep({ size = 64, maxSlope = 3 }: { size?: number; maxSlope?: number }): Step {
  return {
    apply: (image, { width, height }) =>
      image.clahe({ width: Math.min(size, width), height: Math.min(size, height), maxSlope }),
    readsNeighbours: true,
    colourOnly: true,
  }
}

/**
 * libvips refuses a window that is larger than the image. A step with a window does not share the
 * pipeline of a resize, because it has to know the size exactly.
 */
function oddWindow(wanted: number, { width, height }: Size): number {
  const most = Math.min(wanted, width, height)
  return most % 2 === 1 ? most : most - 1
}

/**
 * `out = in ^ (1 / gamma)`, so above 1 is brighter. sharp darkens before its resize and brightens
 * after it, by factors from 1 to 3 each; one of the two stays 1, which does nothing.
 */
function applyGamma(image: Sharp, gamma: number): Sharp {
  return gamma >= 1 ? image.gamma(1, gamma) : image.gamma(1 / gamma, 1)
}
