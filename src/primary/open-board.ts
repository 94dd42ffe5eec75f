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
 */
export function openBoard(folders: readonly string[] = FOLDERS): { board: ClusterBoard; fd: number } {
  const fd = openNameless(folders)
  return { board: new ClusterBoard(fd), fd }
}

function openNameless([folder = '.', ...others]: readonly string[]): number {
  const file = join(folder, `offloop-${process.pid}-${crypto.randomUUID()}`)
  try {
    const fd = openSync(file, 'wx+', 0o600)
    unlinkSync(file)
    return fd
  } catch (error) {
    if (others.length === 0) throw error
    return openNameless(others)
  }
}
