import { z } from 'zod'

export const uuid = z.uuid({ error: 'must be a uuid' })

/** Proof that the caller may act in this company; minted only by `server/access/gate.ts`. */
export type CompanyId = string & { readonly __companyId: unique symbol }
