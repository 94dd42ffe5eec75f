import { KeptConnection } from '../harness/kept-connection.ts'
import { childrenOf, residentBytesAlone } from '../harness/process-figures.ts'
import type { RunningServer } from '../harness/start-offloop.ts'
import type { Mix } from './mix.ts'

/** Resident memory at one moment. A type and not an interface, so that it is figures of a row. */
export type Resident = {
  readonly primaryBytes: number
  /** Of an HTTP process, the mean of all. */
  readonly processBytes: number
  /** Of all together. */
  readonly totalBytes: number
}

export const CLIENTS = 8

/**
 * Sends requests with the numbers from `first` up to `end`, as fast as they are answered.
 *
 * @param everySample called each time so many more have been sent
 * @throws where one is answered wrongly
 */
export async function sendMix(
  url: string,
  mix: Mix,
  range: { readonly first: number; readonly end: number; readonly sampleEvery: number },
  everySample: (requests: number) => void,
): Promise<void> {
  let next = range.first
  const client = async (connection: KeptConnection) => {
    while (next < range.end) {
      const number = next++
      await mix.send(connection, number)
      if ((number + 1) % range.sampleEvery === 0) everySample(number + 1)
    }
  }
  const connections = Array.from({ length: CLIENTS }, () => new KeptConnection(url))
  try {
    await Promise.all(connections.map(client))
  } finally {
    for (const connection of connections) connection.close()
  }
}

export function residentOf({ pid }: RunningServer): Resident {
  const primaryBytes = residentBytesAlone(pid)
  const processes = childrenOf(pid).map(residentBytesAlone)
  const ofProcesses = processes.reduce((sum, bytes) => sum + bytes, 0)
  return {
    primaryBytes,
    processBytes: ofProcesses / processes.length,
    totalBytes: primaryBytes + ofProcesses,
  }
}
