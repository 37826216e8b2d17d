import { openClient, type RawSql, type SocketConnection } from '@/db/connection'
import { transaction } from '@/db/transaction'

/**
 * The plans of the statements on `table` that `work` sends, as PostgreSQL makes them for unknown parameters: a partial
 * index is in them only where the statement has its condition as constants. Tables are small in tests, so a plan reads
 * one sequentially only where no index will do.
 */
export async function genericPlans(
  connection: SocketConnection,
  table: string,
  work: (sql: RawSql) => Promise<unknown>,
): Promise<string[]> {
  const statements = new Set<string>()
  const options = { max: 1, applicationName: 'generic plans' }
  const sql = openClient(connection, options, { debug: (_connection, statement) => statements.add(statement) })
  try {
    await work(sql)
    const onTable = [...statements].filter((statement) => statement.includes(`"${table}"`))
    return await transaction(sql, async (tx) => {
      await tx`set local enable_seqscan = off`
      const plans: string[] = []
      for (const statement of onTable) {
        const lines = await tx.unsafe(`explain (generic_plan) ${statement}`).values()
        plans.push(lines.join('\n'))
      }
      return plans
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
