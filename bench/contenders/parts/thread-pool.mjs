import { Piscina } from 'piscina'

/** A Piscina with its defaults and THREADS threads, which are there from the start, for the default export of a file. */
export function threadPool(file, options = {}) {
  const threads = Number(process.env.THREADS)
  return new Piscina({ filename: file.href, minThreads: threads, maxThreads: threads, ...options })
}
