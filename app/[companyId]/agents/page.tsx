import { AgentsScreen } from './agents-screen'

export default async function AgentsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <AgentsScreen companyId={companyId} />
}
