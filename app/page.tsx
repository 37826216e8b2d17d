import { CompaniesScreen } from './_companies/companies-screen'

export default function CompaniesPage() {
  return <CompaniesScreen />
}
