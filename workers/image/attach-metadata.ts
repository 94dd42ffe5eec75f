import { crc32 } from 'node:zlib'

/**
 * A PNG with the given EXIF and XMP, for sharp to read them from: it cannot take them as bytes, and
 * the pixels that come out of a stage have none.
 *
 * @param png without such metadata
 * @see https://www.w3.org/TR/png-3/#11eXIf and https://www.w3.org/TR/png-3/#11iTXt
 */
export function attachMetadata(
  png: Uint8Array,
  { exif, xmp }: { readonly exif: Uint8Array | undefined; readonly xmp: Uint8Array | undefined },
): Uint8Array {
  return Buffer.concat([
    png.subarray(0, END_OF_HEADER),
    ...(exif === undefined ? [] : [chunk('eXIf', withoutPrefix(exif))]),
    ...(xmp === undefined ? [] : [chunk('iTXt', Buffer.concat([XMP_KEYWORD, xmp]))]),
    png.subarray(END_OF_HEADER),
  ])
}

/** The signature, 8 bytes, and the header chunk, 25. */
const END_OF_HEADER = 33

/** Keyword, not compressed, no language, no translated keyword. */
const XMP_KEYWORD = Buffer.from('XML:com.adobe.xmp\0\0\0\0\0', 'latin1')

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

/** JPEG puts `Exif\0\0` before the TIFF structure, PNG does not. */
function withoutPrefix(exif: Uint8Array): Buffer {
  const buffer = Buffer.from(exif)
  return buffer.toString('latin1', 0, 6) === 'Exif\0\0' ? buffer.subarray(6) : buffer
}
