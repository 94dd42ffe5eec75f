import { z } from 'zod'
import { loadConfig } from '../src/config/load-config.ts'
import {
  binary,
  bytes,
  defineTask,
  multipart,
  oneOf,
  type ReceivedMultipart,
  TaskError,
} from '../src/index.ts'
import { chooseAnswer, naturalFormat } from './image/choose-answer.ts'
import { decodeBase64Image } from './image/decode-base64.ts'
import { inspectImage } from './image/inspect.ts'
import type { Rendered } from './image/libvips.ts'
import { MAX_OPERATIONS, OUTPUT_FORMATS, operationSchema } from './image/operations.ts'
import { parseOperations } from './image/parse-operations.ts'
import { askedFormat, type Plan, planImage } from './image/plan.ts'
import {
  type ImageParameters,
  operationsOfQuery,
  operationsOfText,
  parameters,
} from './image/query-operations.ts'
import { runPlan } from './image/run-plan.ts'

/** Once a thread: the environment does not change under it. */
const { imageMaxPixels: maxPixels, imageMaxFrames: maxFrames } = loadConfig(process.env)

const { $schema: _, ...operationJsonSchema } = z.toJSONSchema(operationSchema, {
  io: 'input',
  unrepresentable: 'any',
})

const input = oneOf({
  json: z.strictObject({
    imageData: z.string().describe('The image as base64 or as a data URL with base64.'),
    // Loose, so that a wrong operation is told by its index; the catalogue shows the full schema.
    operations: z.array(z.unknown()).max(MAX_OPERATIONS).optional().meta({ items: operationJsonSchema }),
  }),
  bytes: bytes('image/*', 'application/octet-stream'),
  multipart: multipart({ files: ['image'], fields: ['operations'] }),
})

export default defineTask({
  description:
    'Resizes, filters, enhances and re-encodes an image; the operations run in the order given. Without any it is only re-encoded.',
  input,
  parameters,
  produces: ['application/json', ...OUTPUT_FORMATS.map((format) => `image/${format}`)],

  async run(received, context) {
    const { image, operations: asked, cameAs } = requestOf(received, context.parameters)
    const operations = parseOperations(asked)
    const source = image()
    const facts = await inspectImage(source, { maxPixels, maxFrames })
    const { form, format } = chooseAnswer({
      cameAs,
      asked: askedFormat(operations),
      natural: naturalFormat(facts),
      preferred: (mediaTypes) => context.request.preferred(mediaTypes),
    })
    const plan = planImage(operations, facts, format, maxPixels)
    const result = await runPlan({
      bytes: source,
      facts,
      plan,
      maxPixels,
      deadline: context,
      reportProgress: (fraction) => context.reportProgress(fraction),
    })
    return form === 'json' ? jsonAnswer(plan, result) : binary(result.data, `image/${format}`)
  },
})

interface ImageRequest {
  /** Decoded when it is asked for, after the operations have been checked. */
  readonly image: () => Uint8Array
  readonly operations: readonly unknown[]
  readonly cameAs: 'json' | 'bytes'
}

function requestOf(received: Parameters<typeof requestOfForm>[0], query: ImageParameters): ImageRequest {
  const { image, operations, cameAs } = requestOfForm(received)
  const ofQuery = operationsOfQuery(query)
  if (operations !== undefined && ofQuery !== undefined) {
    const names = Object.keys(query)
    throw new TaskError(
      'PARAMETERS_INVALID',
      `Cannot use ${names.join(', ')} in the query: the body names operations already, expected them in one place`,
      {
        details: {
          errors: names.map((path) => ({ path, message: 'not together with operations in the body' })),
        },
      },
    )
  }
  return { image, operations: operations ?? ofQuery ?? [], cameAs }
}

type ReceivedImage =
  | {
      readonly form: 'json'
      readonly value: { readonly imageData: string; readonly operations?: unknown[] | undefined }
    }
  | { readonly form: 'bytes'; readonly bytes: Uint8Array }
  | ReceivedMultipart

function requestOfForm(
  received: ReceivedImage,
): Omit<ImageRequest, 'operations'> & { operations: readonly unknown[] | undefined } {
  switch (received.form) {
    case 'json': {
      const { imageData, operations } = received.value
      return { image: () => decodeBase64Image(imageData), operations, cameAs: 'json' }
    }
    case 'bytes':
      return { image: () => received.bytes, operations: undefined, cameAs: 'bytes' }
    case 'multipart': {
      const text = received.fields.operations
      const operations = text === undefined ? undefined : operationsOfText(text, 'INPUT_INVALID')
      return { image: () => imageFile(received), operations, cameAs: 'bytes' }
    }
  }
}

function imageFile({ files }: ReceivedMultipart): Uint8Array {
  if (files.image !== undefined) return files.image.bytes
  const message = 'expected a file, got none'
  throw new TaskError('INPUT_INVALID', `Cannot use "image": ${message}`, {
    details: { errors: [{ path: 'image', message }] },
  })
}

function jsonAnswer({ encoding: { format }, applied }: Plan, { data, info }: Rendered) {
  const base64 = Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64')
  return {
    processedImage: `data:image/${format};base64,${base64}`,
    format,
    width: info.width,
    height: info.pageHeight ?? info.height,
    bytes: data.length,
    operations: applied,
  }
}
