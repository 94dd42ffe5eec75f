/**
 * A sum as if in twice the precision, rounded once at the end: beside the running sum it keeps what
 * each addition rounded away.
 *
 * Neumaier's improvement (1974) of Kahan's summation, with the rounding error from Knuth's branch-free
 * TwoSum (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, algorithm Sum2).
 *
 * The caller scales its terms so that no partial sum overflows.
 */
export class CompensatedSum {
  #sum = 0
  #lost = 0

  add(term: number): void {
    const sum = this.#sum + term
    const added = sum - this.#sum
    this.#lost += this.#sum - (sum - added) + (term - added)
    this.#sum = sum
  }

  get total(): number {
    return this.#sum + this.#lost
  }
}
