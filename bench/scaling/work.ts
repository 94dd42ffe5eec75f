import sharp from 'sharp'
import { photo } from '../../test/fixtures/images/sample-images.ts'
import { KeptConnection } from '../harness/kept-connection.ts'
import { sendSmallRequests } from '../harness/small-requests.ts'

/** A kind of work that a cluster is asked for. */
export interface Work {
  readonly name: string
  /**
   * Asks for it again and again, by clients that wait for their answers. Every answer is checked.
   *
   * @returns answers a second
   */
  load(url: string, clients: number, seconds: number): Promise<number>
}

/** SHA-256 of `offloop`, as `sha256sum` prints it. */
const DIGEST = '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b'
/** What `tasks/compute.mjs` comes to. */
const COMPUTED = -1_004_220_833
const WIDTH = 720

const trivial = smallWork('SHA-256 of seven bytes', {
  path: '/api/tasks/hash',
  contentType: 'application/octet-stream',
  body: 'offloop',
  expected: DIGEST,
})
const computing = smallWork('about 20 ms of JavaScript', {
  path: '/api/tasks/compute',
  contentType: 'application/json',
  body: '{}',
  expected: `"result":${COMPUTED},`,
})

/** All kinds, in the order of the page. */
export async function kindsOfWork(): Promise<readonly Work[]> {
  return [trivial, computing, imageWork(await photograph())]
}

interface SmallRequest {
  readonly path: string
  readonly contentType: string
  readonly body: string
  readonly expected: string
}

function smallWork(name: string, { path, ...request }: SmallRequest): Work {
  return {
    name,
    async load(url, connections, seconds) {
      const answer = await sendSmallRequests({ url: url + path, ...request, connections, seconds })
      return answer.answered / answer.seconds
    },
  }
}

/** Six megapixels. */
function photograph(): Promise<Buffer> {
  return photo(600, 400).resize(3000, 2000, { kernel: 'cubic' }).jpeg({ quality: 85 }).toBuffer()
}

function imageWork(image: Buffer): Work {
  const ask = {
    method: 'POST',
    path: `/api/tasks/process-image?width=${WIDTH}`,
    contentType: 'image/jpeg',
    body: image,
  } as const
  return {
    name: `a 6 megapixel JPEG to ${WIDTH} px`,
    async load(url, clients, seconds) {
      const connections = Array.from({ length: clients }, () => new KeptConnection(url))
      const expected = await firstImage(connections, ask)
      const startedAt = performance.now()
      const endAt = startedAt + seconds * 1000
      let answered = 0
      const askAgain = async (connection: KeptConnection) => {
        while (performance.now() < endAt) {
          const { status, body } = await connection.ask(ask)
          if (status !== 200 || !body.equals(expected))
            throw new Error(`An image was wrong: status ${status}`)
          answered += 1
        }
      }
      try {
        await Promise.all(connections.map(askAgain))
        return answered / ((performance.now() - startedAt) / 1000)
      } finally {
        for (const connection of connections) connection.close()
      }
    },
  }
}

/** Looked at closely; the others have to be the same bytes. */
async function firstImage(
  [connection]: readonly KeptConnection[],
  ask: Parameters<KeptConnection['ask']>[0],
): Promise<Buffer> {
  if (connection === undefined) throw new Error('Cannot ask for images without a client')
  const { status, body } = await connection.ask(ask)
  if (status !== 200) throw new Error(`An image was refused: status ${status}, ${String(body)}`)
  const { width, format } = await sharp(body).metadata()
  if (width !== WIDTH || format !== 'jpeg')
    throw new Error(`Expected a JPEG ${WIDTH} px wide, got a ${format} of ${width}`)
  return body
}
