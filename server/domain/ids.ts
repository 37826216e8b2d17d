import { z } from 'zod'

/** Any uuid that PostgreSQL accepts: one of an unknown version is an unknown id, not invalid input. */
export const uuid = z.guid({ error: 'must be a uuid' })

/** Proof that the caller may act in this company; created only by `server/identity/access/gate.ts`. */
export type CompanyId = string & { readonly __companyId: unique symbol }
