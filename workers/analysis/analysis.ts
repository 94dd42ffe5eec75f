import type { TaskContext } from '../../src/index.ts'
import type { AnalysisType } from './analysis-type.ts'
import { momentsOf } from './moments.ts'
import { orderingOf } from './ordering.ts'
import { patternAnalysis } from './pattern.ts'
import { statisticalAnalysis } from './statistical.ts'

/** What an analysis asks of the context of its task. */
export type AnalysisContext = Pick<TaskContext, 'throwIfAborted' | 'reportProgress'>

/**
 * The analyses by type. What both need (the moments, the sorted values) is computed once.
 *
 * @param values at least one, all finite; not changed
 */
export function analyse(values: Float64Array, type: AnalysisType, context: AnalysisContext) {
  const moments = momentsOf(values, context)
  context.reportProgress(0.3)
  if (type === 'statistical') {
    // Twice as fast as the sort that counts inversions, which only a pattern needs.
    return statisticalAnalysis(values, values.toSorted(), moments, context)
  }
  const ordering = orderingOf(values, context)
  context.reportProgress(0.5)
  const pattern = patternAnalysis(values, ordering, moments, context)
  if (type === 'pattern') return pattern
  context.reportProgress(0.9)
  return { statistical: statisticalAnalysis(values, ordering.sorted, moments, context), pattern }
}
