/** Pixels between two pipelines: 8 bits a channel, rows from the top, no padding. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  /** Of all frames, one below the other. */
  readonly height: number
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4
  /** Height of one frame of an animation. */
  readonly frameHeight?: number
}

/** The frames of an animation, each a view of the same memory. */
export function splitFrames({ data, width, height, channels, frameHeight = height }: Pixels): Pixels[] {
  const frameBytes = width * frameHeight * channels
  return Array.from({ length: height / frameHeight }, (_, index) => ({
    data: data.subarray(index * frameBytes, (index + 1) * frameBytes),
    width,
    height: frameHeight,
    channels,
  }))
}

export function joinFrames(frames: readonly Pixels[]): Pixels {
  const [first] = frames
  if (first === undefined) throw new RangeError('An animation has at least one frame')
  return {
    ...first,
    data: Buffer.concat(frames.map(({ data }) => data)),
    height: first.height * frames.length,
    frameHeight: first.height,
  }
}

/** Colour and alpha of an image that has alpha. */
export function splitAlpha(pixels: Pixels): { colour: Pixels; alpha: Uint8Array } {
  const { data, channels } = pixels
  const colours = channels - 1
  const colour = new Uint8Array((data.length / channels) * colours)
  const alpha = new Uint8Array(data.length / channels)
  for (let from = 0, to = 0, pixel = 0; pixel < alpha.length; pixel++) {
    for (let channel = 0; channel < colours; channel++) colour[to++] = data[from++] ?? 0
    alpha[pixel] = data[from++] ?? 0
  }
  return { colour: { ...pixels, data: colour, channels: colours === 1 ? 1 : 3 }, alpha }
}

/** The reverse of {@link splitAlpha}; the colour may have become grey in between. */
export function joinAlpha(colour: Pixels, alpha: Uint8Array): Pixels {
  const { data: colours, channels } = colour
  const data = new Uint8Array(colours.length + alpha.length)
  for (let from = 0, to = 0, pixel = 0; pixel < alpha.length; pixel++) {
    for (let channel = 0; channel < channels; channel++) data[to++] = colours[from++] ?? 0
    data[to++] = alpha[pixel] ?? 0
  }
  return { ...colour, data, channels: channels === 1 ? 2 : 4 }
}
