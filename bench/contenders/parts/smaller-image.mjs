import sharp from 'sharp'

// Several pictures at once keep every core busy; threads within each would only compete.
sharp.concurrency(1)
// No request has the picture of the one before.
sharp.cache(false)

/** Upright, without metadata. */
export function smallerImage(bytes, { width, format }) {
  return sharp(bytes, { autoOrient: true })
    .resize({ width: Number(width) })
    .toFormat(format, { quality: 80 })
    .toBuffer()
}
