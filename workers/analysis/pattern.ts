import { autocorrelation } from './autocorrelation.ts'
import { changePoints } from './change-points.ts'
import type { Work } from './chunks.ts'
import { mannKendall } from './mann-kendall.ts'
import { deviationsOf, type Moments } from './moments.ts'
import type { Ordering } from './ordering.ts'
import { dominantPeriod } from './periodogram.ts'
import { percentile } from './quantiles.ts'
import { longestRuns, shapeFlags } from './runs.ts'
import { linearTrend, trendLine } from './trend.ts'

/**
 * The `pattern` analysis: the dataset as a series, in its order. A part is null where it is not
 * defined: a trend of one value, the autocorrelation of a constant.
 */
export function patternAnalysis(values: Float64Array, ordering: Ordering, moments: Moments, work: Work) {
  const runs = longestRuns(values, percentile(ordering.sorted, 50), work)
  const deviations = deviationsOf(values, moments, work)
  const line = trendLine(deviations, moments.m2, work)
  return {
    count: values.length,
    ...shapeFlags(values.length, runs),
    linearTrend: linearTrend(line, moments),
    mannKendall: mannKendall(ordering, work),
    autocorrelation: autocorrelation(deviations, work),
    dominantPeriod: dominantPeriod(deviations, line.slope, work),
    longestRuns: runs,
    changePoints: changePoints(deviations, moments, work),
  }
}
