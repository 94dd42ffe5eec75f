import { renameSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { collectedBytes } from './collected-bytes.mjs'

/*
 * Loaded before the program (`--import`) into all processes of a contender. On SIGUSR2 each writes what its main thread
 * holds into a file. A heap snapshot would tell the same, but its text is a multiple of the heap and would be seen in
 * the resident memory that is measured. JavaScript, because to load TypeScript costs every thread memory, too.
 */
if (isMainThread) {
  process.on('SIGUSR2', () => {
    const file = `${process.env.HEAPS_DIR}/${process.pid}`
    writeFileSync(`${file}.part`, String(collectedBytes()))
    renameSync(`${file}.part`, file)
  })
}
