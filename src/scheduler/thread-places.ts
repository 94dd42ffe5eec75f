/** Which thread stands where. Threads have numbers from 0 to size - 1, and keep them while they live. */
export class ThreadPlaces {
  #places: readonly number[]

  constructor(size: number) {
    this.#places = Array.from({ length: size }, () => 0)
  }

  /**
   * @param live Node's ids of the threads that are up, in any order
   * @returns the id in each place; 0 where a thread is being replaced
   */
  of(live: readonly number[]): readonly number[] {
    this.#places = keepPlaces(this.#places, live)
    return this.#places
  }
}

/** New threads take the places of those that have gone, so that a thread keeps its number. */
function keepPlaces(places: readonly number[], live: readonly number[]): number[] {
  const arrived = live.filter((id) => !places.includes(id))
  return places.map((id) => (live.includes(id) ? id : (arrived.shift() ?? 0)))
}
