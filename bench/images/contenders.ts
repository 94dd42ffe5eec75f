import { basename } from 'node:path'
import { askAlone } from '../harness/ask-alone.ts'
import type { LoopResult } from '../harness/closed-loop.ts'
import { type Contender, offloop, program, type Size } from '../harness/contender.ts'
import { type LargeRequest, sendLargeRequests } from '../harness/large-requests.ts'
import { QUALITY, type WantedImage } from './wanted-images.ts'

export interface ImageContender extends Contender {
  /** Has it make images, in turn. @throws where one has other bytes than it should have */
  make(url: string, images: readonly WantedImage[], clients: number, seconds: number): Promise<LoopResult>
}

export const OFFLOOP = 'Offloop'
export const EXPRESS = 'Express + sharp'
export const IPX = 'ipx'
export const ALONE = 'sharp alone'

/** @param folder where the pictures are, for ipx, which takes no uploads */
export function imageContenders(size: Size, folder: string): readonly ImageContender[] {
  return [
    overHttp(offloop('/api/process-image', size, {}, OFFLOOP), upload),
    overHttp(program(EXPRESS, 'express-inline.mjs', '/image', size), upload),
    overHttp(program(IPX, 'ipx.mjs', '/', size, { FOLDER: folder }), download),
    {
      ...program(ALONE, 'sharp-alone.mjs', '', size),
      make: (url, images, _clients, seconds) => askAlone(url, { images, seconds }),
    },
  ]
}

type RequestOf = (path: string, image: WantedImage) => LargeRequest

export const upload: RequestOf = (path, { file, width, format, expected }) => ({
  method: 'POST',
  path: `${path}?width=${width}&format=${format}&quality=${QUALITY}`,
  contentType: 'image/jpeg',
  bodyFile: file,
  expected,
})

const download: RequestOf = (path, { file, width, format, expected }) => ({
  method: 'GET',
  path: `${path}w_${width},f_${format},q_${QUALITY}/${basename(file)}`,
  expected,
})

function overHttp(contender: Contender, requestOf: RequestOf): ImageContender {
  return {
    ...contender,
    make(url, images, clients, seconds) {
      const requests = images.map((image) => requestOf(contender.path, image))
      return sendLargeRequests({ url, requests, clients, seconds })
    },
  }
}
