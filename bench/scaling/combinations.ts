import type { Size } from '../harness/contender.ts'

const THREADS = [1, 2, 4]

/** What is compared on a machine: 1, 2, 4, … processes up to one per core, with 1, 2 and 4 threads each. */
export function combinationsFor(cores: number): Size[] {
  const processes = [cores]
  for (let count = 1; count < cores; count *= 2) processes.push(count)
  return processes
    .toSorted((a, b) => a - b)
    .flatMap((count) => THREADS.map((threads) => ({ processes: count, threads })))
}

/** `2 × 4`: two processes, four threads in each. */
export const nameOf = ({ processes, threads }: Size): string => `${processes} × ${threads}`
