import { analyse } from '../../../dist/workers/analysis/analysis.js'
import { datasetFromFloat64, datasetFromJson } from '../../../dist/workers/analysis/dataset.js'

const context = { throwIfAborted() {}, reportProgress() {} }

/** What `workers/analyze-data.ts` computes, of bytes with float64 or of JSON that is parsed already. */
export function analysed(input, analysisType) {
  const values =
    input instanceof Uint8Array ? datasetFromFloat64(input, context) : datasetFromJson(input.dataset, context)
  return { success: true, analysisResult: analyse(values, analysisType, context), analysisType }
}
