/** Formats that are read. */
export const INPUT_FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const
export type InputFormat = (typeof INPUT_FORMATS)[number]

/** Formats that are recognised in order to say so, and refused. */
export type RefusedFormat = 'svg' | 'heif' | 'jxl' | 'jp2' | 'bmp' | 'ico' | 'psd' | 'pdf'

/**
 * The format of an image by its first bytes, never by what a header says. Undefined: no image format
 * that is known here.
 *
 * This runs before libvips sees a byte, so formats that are not on the list never reach a decoder.
 */
export function sniffFormat(bytes: Uint8Array): InputFormat | RefusedFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_LENGTH)).toString(
    'latin1',
  )
  return SIGNATURES.find(([, matches]) => matches(head))?.[0] ?? isoMediaFormat(head)
}

/** Enough for an XML declaration, comments and a doctype before `<svg`. */
const HEAD_LENGTH = 2048

const SIGNATURES: readonly (readonly [InputFormat | RefusedFormat, (head: string) => boolean])[] = [
  ['jpeg', (head) => head.startsWith('\xff\xd8\xff')],
  ['png', (head) => head.startsWith('\x89PNG\r\n\x1a\n')],
  ['webp', (head) => head.startsWith('RIFF') && head.startsWith('WEBP', 8)],
  ['gif', (head) => head.startsWith('GIF87a') || head.startsWith('GIF89a')],
  ['tiff', (head) => /^(?:II[*+]\0|MM\0[*+])/.test(head)],
  // Any XML or HTML that has an `<svg` near its start.
  ['svg', (head) => /^(?:\xef\xbb\xbf)?\s*</.test(head) && /<svg[\s>]/i.test(head)],
  ['jxl', (head) => head.startsWith('\xff\x0a') || head.startsWith('\0\0\0\x0cJXL ')],
  ['jp2', (head) => head.startsWith('\0\0\0\x0cjP  ') || head.startsWith('\xff\x4f\xff\x51')],
  ['bmp', (head) => head.startsWith('BM') && head.startsWith('\0\0\0\0', 6)],
  ['ico', (head) => head.startsWith('\0\0\x01\0')],
  ['psd', (head) => head.startsWith('8BPS')],
  ['pdf', (head) => head.startsWith('%PDF-')],
]

/** AVIF and HEIC share a container; the brands of its first box (ISO/IEC 14496-12, `ftyp`) tell them apart. */
function isoMediaFormat(head: string): 'avif' | 'heif' | undefined {
  if (!head.startsWith('ftyp', 4)) return undefined
  const brands: readonly string[] = head.slice(8, Math.min(boxLength(head), 256)).match(/.{4}/gs) ?? []
  if (brands.includes('avif') || brands.includes('avis')) return 'avif'
  return brands.some((brand) => /^(?:mif1|msf1|hei[cxms]|hev[cxms])$/.test(brand)) ? 'heif' : undefined
}

function boxLength(head: string): number {
  return Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE()
}
