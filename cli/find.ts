import { type Agent, allOf, type Company } from './api'
import { CliError, wrongUsage } from './cli-error'
import type { Session } from './session'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

export function runIdOf(given: string): string {
  if (uuid.test(given)) return given
  throw wrongUsage(`${given} is not the id of a run. List ids with \`reveille runs\`.`)
}

/** Id or name of an agent → its id. The name must be unique. */
export async function findAgentId(session: Session, given: string): Promise<string> {
  if (uuid.test(given)) return given
  const companies = await chosenCompanies(session)
  const agents = await agentsOf(session, companies)
  return onlyOne(
    'agent',
    given,
    agents.filter((agent) => agent.name === given),
    (agent) => `${agent.id}  (company ${companies.find((company) => company.id === agent.companyId)?.name})`,
  ).id
}

/** The company given by `--company`, else all companies. */
export async function chosenCompanies(session: Session): Promise<Company[]> {
  const { api, company } = session
  if (company && uuid.test(company)) return [await api.company.get.query({ companyId: company })]
  const companies = await allOf((cursor) => api.company.list.query({ limit: 200, cursor }))
  if (!company) return companies
  return [
    onlyOne(
      'company',
      company,
      companies.filter((found) => found.name === company),
      (found) => found.id,
    ),
  ]
}

/** The company given by `--company`, or the only company there is. */
export async function oneCompany(session: Session): Promise<Company> {
  const [first, ...more] = await chosenCompanies(session)
  if (!first) throw new CliError('No companies yet. Create one with `reveille company create --name NAME`.')
  if (more.length === 0) return first
  const list = [first, ...more].map((company) => `  ${company.id}  ${company.name}`).join('\n')
  throw wrongUsage(`There are several companies; choose one with --company:\n${list}`)
}

export async function agentsOf({ api }: Session, companies: Company[]): Promise<Agent[]> {
  const lists = await Promise.all(
    companies.map(({ id }) => allOf((cursor) => api.agent.list.query({ companyId: id, limit: 200, cursor }))),
  )
  return lists.flat()
}

function onlyOne<T>(noun: 'agent' | 'company', name: string, found: T[], lineOf: (item: T) => string): T {
  const [first, ...more] = found
  if (!first) throw new CliError(`There is no ${noun} named ${JSON.stringify(name)}.`)
  if (more.length === 0) return first
  const plural = noun === 'company' ? 'companies' : 'agents'
  const ids = found.map((item) => `  ${lineOf(item)}`).join('\n')
  throw wrongUsage(`There are several ${plural} named ${JSON.stringify(name)}. Use an id:\n${ids}`)
}
