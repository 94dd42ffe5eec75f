import { openSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterBoard } from '../protocol/cluster-board.ts'

/** Where a file is memory, on Linux; else the temporary folder, which the system's cache makes nearly that. */
const FOLDERS = ['/dev/shm', tmpdir()]

/**
 * Makes the board of this cluster: a file without a name, which is gone with the last process that has it
 * open, however that ends.
 *
 * @returns the board, and the descriptor for the processes to inherit
 * @throws {Error} where no folder can be written; the message is a sentence for the person who started it
 */
export function openBoard(folders: readonly string[] = FOLDERS): { board: ClusterBoard; fd: number } {
  const reasons: string[] = []
  for (const folder of folders) {
    try {
      const fd = openNameless(folder)
      return { board: new ClusterBoard(fd), fd }
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  throw new Error(
    `Cannot make the file that all processes share: expected to write to ${folders.join(' or ')}, got ${reasons.join('; ')}`,
  )
}

function openNameless(folder: string): number {
  const file = join(folder, `offloop-${process.pid}-${crypto.randomUUID()}`)
  const fd = openSync(file, 'wx+', 0o600)
  unlinkSync(file)
  return fd
}
