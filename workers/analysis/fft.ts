import type { Work } from './chunks.ts'

/** Transforms of this length stay in a core's cache, so their stages run one after the other. */
const CACHED = 4096

/**
 * The discrete Fourier transform X(k) = Σ x(t)·e^(−2πi·kt/N), in place (Cooley and Tukey 1965, radix 2,
 * decimation in time). Not normalised.
 *
 * @param re real parts, N of them, N a power of two
 * @param im imaginary parts
 */
export function fft(re: Float64Array, im: Float64Array, work: Work): void {
  reverseBits(re, im)
  transform(re, im, 0, re.length, unitCircles(re.length), work)
}

/**
 * |X(k)|² for k = 0 … N/2 of a real signal. Even and odd samples are transformed as the real and
 * imaginary parts of one signal of half the length, and taken apart by symmetry afterwards.
 *
 * @param even the samples 0, 2, 4 …; overwritten. Their number is a power of two.
 * @param odd the samples 1, 3, 5 …; overwritten
 */
export function realPowerSpectrum(even: Float64Array, odd: Float64Array, work: Work): Float64Array {
  fft(even, odd, work)
  const half = even.length
  const power = new Float64Array(half + 1)
  for (let k = 0; k <= half; k++) {
    const at = k % half
    const mirror = (half - k) % half
    // Of Z = E + iO, with E and O the transforms of the even and the odd samples:
    // E(k) = (Z(k) + Z*(−k)) / 2 and O(k) = (Z(k) − Z*(−k)) / 2i.
    const evenRe = ((even[at] as number) + (even[mirror] as number)) / 2
    const evenIm = ((odd[at] as number) - (odd[mirror] as number)) / 2
    const oddRe = ((odd[at] as number) + (odd[mirror] as number)) / 2
    const oddIm = ((even[mirror] as number) - (even[at] as number)) / 2
    const cos = Math.cos((Math.PI * k) / half)
    const sin = -Math.sin((Math.PI * k) / half)
    power[k] = (evenRe + oddRe * cos - oddIm * sin) ** 2 + (evenIm + oddRe * sin + oddIm * cos) ** 2
  }
  return power
}

/** Depth first: both halves of a large transform are done before the stage that joins them. */
function transform(
  re: Float64Array,
  im: Float64Array,
  start: number,
  size: number,
  turns: Turns,
  work: Work,
): void {
  let half = 1
  if (size > CACHED) {
    half = size / 2
    transform(re, im, start, half, turns, work)
    transform(re, im, start + half, half, turns, work)
    work.throwIfAborted()
  }
  for (; half < size; half *= 2) {
    for (let at = start; at < start + size; at += 2 * half) butterflies(re, im, at, half, turns)
  }
}

function butterflies(re: Float64Array, im: Float64Array, start: number, half: number, turns: Turns): void {
  for (let k = 0; k < half; k++) {
    const a = start + k
    const b = a + half
    const cos = turns.cos[half + k] as number
    const sin = turns.sin[half + k] as number
    const turnedRe = (re[b] as number) * cos - (im[b] as number) * sin
    const turnedIm = (re[b] as number) * sin + (im[b] as number) * cos
    const aRe = re[a] as number
    const aIm = im[a] as number
    re[b] = aRe - turnedRe
    im[b] = aIm - turnedIm
    re[a] = aRe + turnedRe
    im[a] = aIm + turnedIm
  }
}

interface Turns {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

/**
 * e^(−πi·k/h) for k = 0 … h − 1 stands at h + k, for every power of two h below N: each stage reads its
 * own without gaps. Each is computed by itself, where a recurrence would add up its errors.
 */
function unitCircles(n: number): Turns {
  const [cos, sin] = [new Float64Array(n), new Float64Array(n)]
  const widest = n / 2
  for (let k = 0; k < widest; k++) {
    cos[widest + k] = Math.cos((Math.PI * k) / widest)
    sin[widest + k] = -Math.sin((Math.PI * k) / widest)
  }
  for (let at = Math.ceil(widest) - 1; at >= 1; at--) {
    cos[at] = cos[2 * at] as number
    sin[at] = sin[2 * at] as number
  }
  return { cos, sin }
}

/** Swaps each element with the one whose index has the same bits in the opposite order. */
function reverseBits(re: Float64Array, im: Float64Array): void {
  for (let i = 1, j = 0; i < re.length; i++) {
    // Adds 1 to j from its highest bit downwards.
    let bit = re.length >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i >= j) continue
    const [keptRe, keptIm] = [re[i] as number, im[i] as number]
    re[i] = re[j] as number
    im[i] = im[j] as number
    re[j] = keptRe
    im[j] = keptIm
  }
}
