import { readSync, writeSync } from 'node:fs'

/** There is no memory for the file: it takes some where something is written for the first time. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT'])

/**
 * Writes all of it, or its beginning.
 *
 * @throws where there is no memory for it, and then a part may be written
 */
export function writeAll(fd: number, bytes: Uint8Array, offset: number, length = bytes.length): void {
  let written = 0
  // Out of memory in the middle it writes less than it was given, and says why when it is given the rest.
  while (written < length) {
    written += writeSync(fd, bytes, written, length - written, offset + written)
  }
}

/**
 * The same for what can be done without: to be looked at from outside is worth less than to serve.
 *
 * @returns false where there is no memory for it
 */
export function writeIfRoom(fd: number, bytes: Uint8Array, offset: number, length = bytes.length): boolean {
  try {
    writeAll(fd, bytes, offset, length)
    return true
  } catch (error) {
    if (NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/**
 * Makes it zeros. Where nothing was ever written it reads as zeros already, and to write them would take
 * memory; so this succeeds where there is none.
 */
export function clearBytes(fd: number, length: number, offset: number): void {
  const bytes = new Uint8Array(length)
  readSync(fd, bytes, 0, length, offset)
  if (bytes.some((byte) => byte !== 0)) writeAll(fd, bytes.fill(0), offset)
}
