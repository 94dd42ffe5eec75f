import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { photo } from '../../test/fixtures/images/sample-images.ts'
import { seeded } from '../../test/support/seeded.ts'
import type { Answer, Ask, KeptConnection } from '../harness/kept-connection.ts'

/** Where a contender takes what the mix asks for. */
export interface MixPaths {
  readonly hash: string
  readonly analyse: string
  readonly image: string
  readonly missing: string
}

/** Requests of many kinds in a fixed order. */
export interface Mix {
  /**
   * Sends the request with a number and looks at what comes.
   *
   * @throws where it is not the right answer
   */
  send(connection: KeptConnection, number: number): Promise<void>
}

/** Of a hundred requests, for the page as well. */
const SHARES = { hash: 76, image: 10, analyse: 2, 'bad JSON': 4, 'unknown task': 4, 'hang-up': 4 } as const
type Kind = keyof typeof SHARES

export const mixInWords = `of a hundred, ${SHARES.hash} hash 4 KiB, ${SHARES.image} scale a JPEG of 320 × 240 to a width of 160, ${SHARES.analyse} send 1 MB of numbers as JSON for their statistics, ${SHARES['bad JSON']} send broken JSON, ${SHARES['unknown task']} ask for what is not there, and ${SHARES['hang-up']} ask for an image and hang up 3 ms later`

const HANG_UP_AFTER_MS = 3
const IMAGE_WIDTH = 160
const JSON_BYTES = 1_000_000
const ORDER = shuffled(
  Object.entries(SHARES).flatMap(([kind, share]) => Array.from({ length: share }, () => kind as Kind)),
)

export async function mixFor(paths: MixPaths): Promise<Mix> {
  const json = 'application/json'
  const hashed = Buffer.alloc(4096, 'offloop')
  const digest = createHash('sha256').update(hashed).digest('hex')
  const numbers = numbersOf(JSON_BYTES)
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const jpeg = await photo(2 * IMAGE_WIDTH, 1.5 * IMAGE_WIDTH)
    .jpeg()
    .toBuffer()

  const imageAsk = post(`${paths.image}?width=${IMAGE_WIDTH}`, 'image/jpeg', jpeg)
  const hashAsk = post(paths.hash, 'application/octet-stream', hashed)
  const analyseAsk = post(
    paths.analyse,
    json,
    Buffer.from(JSON.stringify({ analysisType: 'statistical', dataset: numbers })),
  )
  const brokenAsk = post(paths.analyse, json, Buffer.from('{"dataset":[1,2,'))
  const missingAsk = post(paths.missing, json, Buffer.from('{}'))
  const isImage = imageCheck()

  const kinds: Readonly<Record<Kind, (connection: KeptConnection) => Promise<void>>> = {
    hash: checked(hashAsk, ({ status, body }) => status === 200 && body.includes(digest)),
    image: checked(imageAsk, isImage),
    analyse: checked(analyseAsk, ({ status, body }) => {
      if (status !== 200) return false
      const answer = JSON.parse(String(body)) as { analysisResult: { mean: number } }
      return Math.abs(answer.analysisResult.mean - mean) < 1e-9
    }),
    'bad JSON': checked(brokenAsk, ({ status }) => status === 400),
    'unknown task': checked(missingAsk, ({ status }) => status === 404),
    'hang-up': async (connection) => {
      await connection.hangUpOn(imageAsk, HANG_UP_AFTER_MS)
    },
  }
  return {
    // A remainder is never out of range.
    send: (connection, number) => kinds[ORDER[number % ORDER.length] ?? 'hash'](connection),
  }
}

function post(path: string, contentType: string, body: Uint8Array): Ask {
  return { method: 'POST', path, contentType, body }
}

function checked(ask: Ask, isRight: (answer: Answer) => boolean | Promise<boolean>) {
  return async (connection: KeptConnection) => {
    const answer = await connection.ask(ask)
    if (await isRight(answer)) return
    const start = answer.body.subarray(0, 200)
    throw new Error(
      `${ask.method} ${ask.path} was answered wrongly: status ${answer.status}, ${String(start)}`,
    )
  }
}

/** The first image is looked at closely, the others have to be the same bytes. */
function imageCheck(): (answer: Answer) => Promise<boolean> {
  let right: Buffer | undefined
  return async ({ status, contentType, body }) => {
    if (status !== 200 || contentType !== 'image/jpeg') return false
    if (right !== undefined) return body.equals(right)
    const { width, height, format } = await sharp(body).metadata()
    if (width !== IMAGE_WIDTH || height !== IMAGE_WIDTH * 0.75 || format !== 'jpeg') return false
    right = body
    return true
  }
}

/** Numbers from 0 to 1, the same each time, that are so many bytes of JSON. */
function numbersOf(jsonBytes: number): number[] {
  const next = seeded(1)
  const numbers: number[] = []
  for (let bytes = 0; bytes < jsonBytes; ) {
    const number = next()
    numbers.push(number)
    bytes += String(number).length + 1
  }
  return numbers
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  const next = seeded(2)
  return values
    .map((value) => ({ value, key: next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value)
}
