import type { Gate } from '@/server/access/gate'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'

/** Whose lines: those of a company the caller reaches, or, for who reaches all companies, those of none. */
export async function reachActivity(gate: Gate, companyId: string | undefined): Promise<CompanyId | null> {
  if (companyId !== undefined) return await gate.company(companyId)
  if ((await gate.companies('owner')) !== null) throw new Failure('forbidden', 'Only the owner sees this.')
  return null
}
