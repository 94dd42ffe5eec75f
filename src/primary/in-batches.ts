/**
 * Does the same with all items, so many at a time: hundreds of processes that start together would all
 * be late.
 *
 * @returns the results, in the order of the items
 */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let begin = 0; begin < items.length; begin += size) {
    results.push(...(await Promise.all(items.slice(begin, begin + size).map(work))))
  }
  return results
}
