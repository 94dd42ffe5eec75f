import { z } from 'zod'
import {
  bytes,
  defineTask,
  oneOf,
  type ReceivedBytes,
  type ReceivedJson,
  type TaskContext,
  TaskError,
} from '../src/index.ts'
import { analyse } from './analysis/analysis.ts'
import { ANALYSIS_TYPES, chooseAnalysisType, DEFAULT_ANALYSIS_TYPE } from './analysis/analysis-type.ts'
import type { CsvColumn } from './analysis/csv-column.ts'
import { datasetFromCsv } from './analysis/csv-dataset.ts'
import { datasetFromFloat64, datasetFromJson } from './analysis/dataset.ts'

const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

const analysisTypeSchema = {
  type: 'string',
  enum: [...ANALYSIS_TYPES],
  default: DEFAULT_ANALYSIS_TYPE,
} as const

/**
 * Checks next to nothing: a million elements are looked at once, by `run`, which has codes and an
 * index for what it finds. The metadata is what `GET /api/tasks` shows.
 */
const json = z.strictObject({
  dataset: z
    .custom<readonly unknown[]>(Array.isArray, 'expected an array of numbers')
    .meta({ type: 'array', items: { type: 'number' }, minItems: 1 }),
  analysisType: z.unknown().optional().meta(analysisTypeSchema),
})

const parameters = z.strictObject({
  analysisType: z.string().optional().meta(analysisTypeSchema),
  column: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'CSV: name of the column, or its index from 0. Default: the first with numbers.' }),
  delimiter: z
    .enum(Object.keys(DELIMITERS) as (keyof typeof DELIMITERS)[])
    .optional()
    .meta({ default: 'comma' }),
})

type Parameters = z.output<typeof parameters>
type Input = ReceivedJson<z.output<typeof json>> | ReceivedBytes

export default defineTask({
  description:
    'Statistics and patterns of a list of numbers: JSON, one column of a CSV file, or little-endian float64.',
  input: oneOf({ json, bytes: bytes('text/csv', 'application/octet-stream') }),
  parameters,
  // Ten million numbers, on a thread that shares its core.
  limits: { timeMs: 60_000 },
  run(input, context) {
    const inBody = input.form === 'json' ? input.value.analysisType : undefined
    const analysisType = chooseAnalysisType(context.parameters.analysisType, inBody)
    const { values, column } = readDataset(input, context)
    context.reportProgress(0.2)
    const analysisResult = analyse(values, analysisType, context)
    return { analysisResult, analysisType, ...(column && { column }) }
  },
})

interface Dataset {
  readonly values: Float64Array
  /** For CSV alone. */
  readonly column?: CsvColumn
}

function readDataset(input: Input, context: TaskContext<Parameters>): Dataset {
  const { column, delimiter = 'comma' } = context.parameters
  if (input.form === 'bytes' && input.mediaType === 'text/csv') {
    return datasetFromCsv(input.bytes, { column, delimiter: DELIMITERS[delimiter] }, context)
  }
  refuseCsvParameters(context.parameters)
  return {
    values:
      input.form === 'json'
        ? datasetFromJson(input.value.dataset, context)
        : datasetFromFloat64(input.bytes, context),
  }
}

/** Where there are no columns a parameter about them is a mistake, and not passed over. */
function refuseCsvParameters(given: Parameters): void {
  for (const name of ['column', 'delimiter'] as const) {
    if (given[name] === undefined) continue
    throw new TaskError('PARAMETERS_INVALID', `Cannot use "${name}": it is for text/csv alone`, {
      details: { parameter: name },
    })
  }
}
