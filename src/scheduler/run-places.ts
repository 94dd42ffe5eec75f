/** Numbers for the runs of one process: the lowest ones that are free, so that none is above their most at once. */
export class RunPlaces {
  readonly #taken = new Set<number>()

  take(): number {
    let place = 0
    while (this.#taken.has(place)) place += 1
    this.#taken.add(place)
    return place
  }

  release(place: number): void {
    this.#taken.delete(place)
  }

  get taken(): number {
    return this.#taken.size
  }
}
