import type { Work } from './chunks.ts'
import { finite } from './finite.ts'
import { histogram } from './histogram.ts'
import type { Moments } from './moments.ts'
import { tukeyOutliers } from './outliers.ts'
import { medianAbsoluteDeviation, percentile, QUANTILE_METHOD } from './quantiles.ts'

const PERCENTS = [1, 5, 10, 25, 50, 75, 90, 95, 99] as const

/**
 * The `statistical` analysis. Null stands for what is not defined (the sample variance of one value,
 * the skewness of a constant) and for what is beyond the largest double.
 *
 * @param values in the order of the dataset
 * @param sorted the same, ascending
 */
export function statisticalAnalysis(
  values: Float64Array,
  sorted: Float64Array,
  moments: Moments,
  work: Work,
) {
  const [q1, q2, q3] = [percentile(sorted, 25), percentile(sorted, 50), percentile(sorted, 75)]
  return {
    count: moments.count,
    sum: finite(moments.sum),
    mean: finite(moments.mean),
    median: finite(q2),
    ...spread(moments),
    min: finite(moments.min),
    max: finite(moments.max),
    range: finite(moments.max - moments.min),
    quartiles: { q1: finite(q1), q2: finite(q2), q3: finite(q3) },
    interquartileRange: finite(q3 - q1),
    percentiles: Object.fromEntries(
      PERCENTS.map((percent) => [`p${percent}`, finite(percentile(sorted, percent))]),
    ),
    quantileMethod: QUANTILE_METHOD,
    medianAbsoluteDeviation: finite(medianAbsoluteDeviation(sorted, q2)),
    ...shape(moments),
    outliers: tukeyOutliers(values, q1, q3, work),
    histogram: histogram(sorted),
  }
}

/** Of the population (divisor n) and of a sample (divisor n − 1; not defined for one value). */
function spread({ count, m2, frame: { unit } }: Moments) {
  const sampleM2 = count > 1 ? m2 * (count / (count - 1)) : Number.NaN
  return {
    variance: finite(m2 * unit * unit),
    standardDeviation: finite(Math.sqrt(m2) * unit),
    sampleVariance: finite(sampleM2 * unit * unit),
    sampleStandardDeviation: finite(Math.sqrt(sampleM2) * unit),
  }
}

/** Free of units, so also where the variance itself is beyond the largest double. */
function shape({ m2, m3, m4 }: Moments) {
  return {
    skewness: finite(m3 / (m2 * Math.sqrt(m2))),
    skewnessDefinition: 'population (g1 = m3 / m2^1.5)',
    kurtosis: finite(m4 / (m2 * m2) - 3),
    kurtosisDefinition: 'population excess (g2 = m4 / m2² − 3)',
  }
}
