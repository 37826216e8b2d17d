import type { RawSql } from '@/db/client'

/**
 * Each server on this database is written down as on a machine of its own: none looks for the processes of another, and
 * only leases keep them apart.
 */
export async function separateMachines(sql: RawSql): Promise<void> {
  await sql`
    create function machine_of_its_own() returns trigger language plpgsql as $$
    begin
      new.machine := new.data_dir;
      return new;
    end $$`
  await sql`create trigger machine_of_its_own before insert on servers for each row execute function machine_of_its_own()`
}
