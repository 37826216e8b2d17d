import type { RawSql, Tx } from '@/db/client'
import { type Claim, claimIn, isSlotTaken, nothingClaimed } from './claim'
import type { Ended, Ending } from './ending'
import { end } from './transition'

/**
 * Ends runs and claims up to `count` others for the worker `workerId` in the same transaction: a busy server commits half
 * as often, and the table never has more running runs than the server has slots. If another server takes a slot first,
 * the endings are written without a claim.
 */
export async function endAndClaim(
  sql: RawSql,
  endings: Ending[],
  { workerId, count }: { workerId: string; count: number },
): Promise<{ ended: Ended[]; claimed: Claim }> {
  let claimed = nothingClaimed
  const ended: Ended[] = []
  const alsoClaim = async (tx: Tx) => {
    claimed = await claimIn(tx, workerId, count)
  }
  try {
    await end(sql, endings, alsoClaim, ended)
    return { ended, claimed }
  } catch (error) {
    if (!isSlotTaken(error)) throw error
    return { ended: await end(sql, endings, undefined, ended), claimed: nothingClaimed }
  }
}
