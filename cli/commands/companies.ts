import type { Command } from 'commander'
import { chosenCompanies } from '@/cli/find'
import { printJson, printLine, printTable } from '@/cli/print'
import { withServer } from '@/cli/session'
import { formatMicros } from '@/server/domain/money'

export function addCompanies(program: Command): void {
  program
    .command('companies')
    .description('list the companies')
    .addHelpText('after', '\nExample:\n  $ reveille companies')
    .action(
      withServer(async (session) => {
        const companies = await chosenCompanies(session)
        if (session.json) return void printJson(companies)
        printTable(
          companies,
          [
            { title: 'ID', of: (company) => company.id },
            { title: 'STATUS', of: (company) => company.status, status: true },
            { title: 'SPENT', of: (company) => formatMicros(company.spentMonthlyMicros) },
            { title: 'NAME', of: (company) => company.name },
          ],
          'No companies yet. Create one with `reveille company create --name NAME`.',
        )
      }),
    )

  const company = program
    .command('company')
    .description('create companies')
    .addHelpText('after', '\nExample:\n  $ reveille company create --name Acme')
  company
    .command('create')
    .description('create a company')
    .requiredOption('--name <name>', 'the name of the company')
    .addHelpText('after', '\nExample:\n  $ reveille company create --name Acme')
    .action(
      withServer<{ name: string }>(async ({ api, json }, { name }) => {
        const created = await api.company.create.mutate({ name })
        if (json) return void printJson(created)
        printLine(`Created company ${created.name}  ${created.id}`)
      }),
    )
}
