import { z } from 'zod'

/** Any that PostgreSQL takes: one of no known version is an unknown id, not bad input. */
export const uuid = z.guid({ error: 'must be a uuid' })

/** Proof that the caller may act in this company; minted only by `server/identity/access/gate.ts`. */
export type CompanyId = string & { readonly __companyId: unique symbol }
