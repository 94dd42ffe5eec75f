import type { Logger } from '../logger.ts'
import { BOARD_FD } from '../../protocol/cluster-board.ts'
import { MetricArea } from '../../protocol/metric-area.ts'
import { Meters } from './meters.ts'

/**
 * The meters of this process.
 *
 * @param seat on the cluster's board, as the primary gave it; without one there is nobody to read
 */
export function ownMeters(isOn: boolean, seat: string | undefined, log: Logger): Meters {
  if (!isOn || seat === undefined) return new Meters(undefined)
  return new Meters(new MetricArea(BOARD_FD, Number(seat)), (reason) =>
    log.error({ reason }, 'metrics are not complete any more'),
  )
}
