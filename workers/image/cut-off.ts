import type { InputFormat } from './sniff-format.ts'

/**
 * True where the end of a JPEG or PNG is missing.
 *
 * libvips finds a missing end when it decodes that far; a crop from the top never does. The other
 * formats are checked whole when their header is read.
 */
export function isCutOff(format: InputFormat, bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (format === 'png') return !buffer.includes(PNG_END)
  if (format === 'jpeg') return !buffer.includes(JPEG_END, startOfScan(buffer))
  return false
}

const PNG_END = Buffer.from('IEND\xae\x42\x60\x82', 'latin1')
const JPEG_END = Buffer.from([0xff, 0xd9])
const START_OF_SCAN = 0xda

/** Skips the segments before the pixels: a thumbnail in the metadata has an end marker of its own. */
function startOfScan(jpeg: Buffer): number {
  let at = 2
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1]
    if (marker === START_OF_SCAN) return at
    // A marker may be preceded by any number of fill bytes (ITU-T T.81, B.1.1.2).
    at += marker === 0xff ? 1 : 2 + jpeg.readUInt16BE(at + 2)
  }
  return Math.min(at, jpeg.length)
}
