import { TaskError } from '../../src/index.ts'

/**
 * The bytes of base64 text, or of a data URL with base64 (`data:image/png;base64,…`). The media type
 * of the data URL is not trusted and may be left out.
 *
 * `Buffer.from` skips whatever is not base64, so its result is compared with the length that clean
 * text must give: one pass at native speed where a regular expression would take as long as decoding.
 *
 * @throws {TaskError} `INPUT_INVALID` with the position of what is wrong
 */
export function decodeBase64Image(imageData: string): Uint8Array<ArrayBuffer> {
  const start = startOfBase64(imageData)
  const text = start === 0 ? imageData : imageData.slice(start)
  if (text === '') throw invalid('expected base64 text, got none')
  // Of base64 without padding nobody can tell whether the end is missing.
  if (text.length % 4 !== 0) {
    throw invalid(`expected base64 with padding, a multiple of 4 characters, got ${text.length} characters`)
  }
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== decodedLength(text) || hasUrlAlphabet(text)) throw strayCharacter(text, start)
  return bytes
}

/** Longest `data:…,` that is looked at; real ones have about 25 characters. */
const MAX_PREFIX_LENGTH = 200

function startOfBase64(imageData: string): number {
  if (!/^data:/i.test(imageData)) return 0
  const prefix = /^data:(?:image\/[a-z0-9.+-]+)?(?:;[a-z0-9=.+-]+)*;base64,/i.exec(
    imageData.slice(0, MAX_PREFIX_LENGTH),
  )
  if (prefix === null) {
    const got = JSON.stringify(imageData.slice(0, 40))
    throw invalid(`expected a data URL that starts like "data:image/png;base64,", got ${got}`)
  }
  return prefix[0].length
}

function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** `Buffer.from` takes base64url for base64. */
function hasUrlAlphabet(text: string): boolean {
  return text.includes('-') || text.includes('_')
}

function strayCharacter(text: string, start: number): TaskError {
  const at = text.search(/[^A-Za-z0-9+/](?!=?$)|[^A-Za-z0-9+/=]/)
  if (at === -1) return invalid('expected base64, got padding in the wrong place')
  return invalid(
    `expected base64 (A-Z, a-z, 0-9, + and /), got ${JSON.stringify(text[at])} at position ${start + at}`,
  )
}

function invalid(problem: string): TaskError {
  return new TaskError('INPUT_INVALID', `Cannot use "imageData": ${problem}`, {
    details: { errors: [{ path: 'imageData', message: problem }] },
  })
}
