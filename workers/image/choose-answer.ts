import { TaskError } from '../../src/index.ts'
import { OUTPUT_FORMATS, type OutputFormat } from './operations.ts'
import type { InputFormat } from './sniff-format.ts'

export interface AnswerWishes {
  /** The form in which the image came; without other wishes it goes back in the same one. */
  readonly cameAs: 'json' | 'bytes'
  /** The format that the operations name. */
  readonly asked: OutputFormat | undefined
  /** The format to keep where nobody asks for one. */
  readonly natural: OutputFormat
  /** See `TaskRequestFacts.preferred`. */
  readonly preferred: (mediaTypes: readonly string[]) => string | undefined
}

export interface Answer {
  readonly form: 'json' | 'bytes'
  readonly format: OutputFormat
}

/**
 * The form and format of the answer. A format that the operations name always wins; otherwise the
 * `Accept` header chooses, and where it leaves the choice, the image keeps its format.
 *
 * @throws {TaskError} `NOT_ACCEPTABLE`
 */
export function chooseAnswer({ cameAs, asked, natural, preferred }: AnswerWishes): Answer {
  const kept = asked ?? natural
  const formats =
    asked === undefined ? [natural, ...OUTPUT_FORMATS.filter((other) => other !== natural)] : [asked]
  const images = formats.map((format) => `image/${format}`)
  const possible = cameAs === 'json' ? [JSON_TYPE, ...images] : [...images, JSON_TYPE]
  const chosen = preferred(possible)
  if (chosen === JSON_TYPE) return { form: 'json', format: kept }
  const format = formats.find((each) => chosen === `image/${each}`)
  if (format !== undefined) return { form: 'bytes', format }
  throw new TaskError(
    'NOT_ACCEPTABLE',
    `No accepted media type is possible: expected one of ${possible.join(', ')}`,
    {
      details: { possible },
    },
  )
}

/**
 * The format that an image keeps. GIF and TIFF are read and not written: an animation becomes WebP,
 * the others PNG, which loses nothing.
 */
export function naturalFormat({ format, frames }: { format: InputFormat; frames: number }): OutputFormat {
  if (format === 'gif') return frames > 1 ? 'webp' : 'png'
  return format === 'tiff' ? 'png' : format
}

const JSON_TYPE = 'application/json'
