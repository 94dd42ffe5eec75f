import { threadId } from 'node:worker_threads'
import sharp from 'sharp'
import { mean, medianSorted, standardDeviation } from 'simple-statistics'
import { collectedBytes } from '../../memory/collected-bytes.mjs'

export { default as hash } from './hash-on-thread.mjs'

export function analyse({ dataset }) {
  const sorted = Float64Array.from(dataset).toSorted()
  return {
    analysisResult: {
      count: dataset.length,
      mean: mean(dataset),
      median: medianSorted(sorted),
      standardDeviation: standardDeviation(dataset),
      min: sorted[0],
      max: sorted.at(-1),
    },
  }
}

export async function image({ body, width }) {
  return await sharp(body).autoOrient().resize(width).jpeg().toBuffer()
}

export function heap() {
  return { pid: process.pid, threadId, bytes: collectedBytes() }
}
