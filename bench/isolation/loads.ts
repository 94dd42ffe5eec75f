import { createHash } from 'node:crypto'
import { analysisRequest } from '../data/contenders.ts'
import type { Dataset } from '../data/datasets.ts'
import { type LargeRequest, sendLargeRequests } from '../harness/large-requests.ts'
import { sendSmallRequests } from '../harness/small-requests.ts'
import { upload } from '../images/contenders.ts'
import type { WantedImage } from '../images/wanted-images.ts'

/** What the servers have to do while light requests are asked for. */
export interface Loads {
  readonly trivial: Load
  readonly images: Load
  readonly data: Load
}

export type LoadName = keyof Loads

/**
 * Sends requests for so long, each of which is answered as it should be.
 *
 * @param path of the server, for this load
 */
export type Load = (url: string, path: string, seconds: number) => Promise<unknown>

export interface LoadInputs {
  readonly images: readonly WantedImage[]
  readonly dataset: Dataset
  /** With large bodies. */
  readonly clients: number
  /** With small ones, as many as the benchmark of a trivial task has. */
  readonly connections: number
}

const HASHED = 'offloop'

export function loadsOf({ images, dataset, clients, connections }: LoadInputs): Loads {
  const large = (url: string, requests: readonly LargeRequest[], seconds: number) =>
    sendLargeRequests({ url, requests, clients, seconds })
  return {
    trivial: (url, path, seconds) =>
      sendSmallRequests({
        url: url + path,
        contentType: 'application/octet-stream',
        body: HASHED,
        expected: createHash('sha256').update(HASHED).digest('hex'),
        connections,
        seconds,
      }),
    images: (url, path, seconds) =>
      large(
        url,
        images.map((image) => upload(path, image)),
        seconds,
      ),
    data: (url, path, seconds) => large(url, [analysisRequest(path, dataset)], seconds),
  }
}
