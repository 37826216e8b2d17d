import type { RawSql, Tx } from '@/db/client'
import { type Claim, claimIn, isSlotTaken, nothingClaimed } from './claim'
import type { Ended, Ending } from './ending'
import { end } from './transition'

/**
 * Ends runs and claims up to `count` others for the life `serverId` in the same transaction: a busy server commits half
 * as often, and no look at the table finds more running than it has places. Where another server takes a slot first, the
 * endings are written without.
 */
export async function endAndClaim(
  sql: RawSql,
  endings: Ending[],
  { serverId, count }: { serverId: string; count: number },
): Promise<{ ended: Ended[]; claimed: Claim }> {
  let claimed = nothingClaimed
  const ended: Ended[] = []
  const alsoClaim = async (tx: Tx) => {
    claimed = await claimIn(tx, serverId, count)
  }
  try {
    await end(sql, endings, alsoClaim, ended)
    return { ended, claimed }
  } catch (error) {
    if (!isSlotTaken(error)) throw error
    return { ended: await end(sql, endings, undefined, ended), claimed: nothingClaimed }
  }
}
