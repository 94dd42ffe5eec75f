import type { ResizeOperation } from './operations.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface ResizedSize extends Size {
  /** The size before `cover` cuts and after the scaling: libvips counts coordinates in it. */
  readonly scaled: Size
}

/** The size that sharp makes of an image, by the rules of its `fit` option. */
export function resizedSize(from: Size, operation: ResizeOperation): ResizedSize {
  const scaled = scaledSize(from, operation)
  const { width = scaled.width, height = scaled.height, fit } = operation
  switch (fit) {
    case 'cover':
      return { width: Math.min(width, scaled.width), height: Math.min(height, scaled.height), scaled }
    case 'contain':
      return { width, height, scaled }
    default:
      return { ...scaled, scaled }
  }
}

function scaledSize(from: Size, operation: ResizeOperation): Size {
  const limit = operation.withoutEnlargement ? 1 : Number.POSITIVE_INFINITY
  const [x, y] = scales(from, operation)
  return {
    width: atLeast1(from.width * Math.min(x, limit)),
    height: atLeast1(from.height * Math.min(y, limit)),
  }
}

function scales(from: Size, { width, height, fit }: ResizeOperation): [x: number, y: number] {
  const x = width === undefined ? undefined : width / from.width
  const y = height === undefined ? undefined : height / from.height
  // With one side given the other follows, except where `fill` gives the proportions up.
  if (fit === 'fill') return [x ?? 1, y ?? 1]
  const both = [x, y].filter((scale) => scale !== undefined)
  const scale = fit === 'cover' || fit === 'outside' ? Math.max(...both) : Math.min(...both)
  return [scale, scale]
}

function atLeast1(side: number): number {
  return Math.max(1, Math.round(side))
}
