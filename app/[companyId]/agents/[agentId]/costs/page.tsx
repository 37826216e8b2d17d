import { AgentCostsScreen } from './agent-costs-screen'

type AgentCostsPageProps = { params: Promise<{ companyId: string; agentId: string }> }

export default async function AgentCostsPage({ params }: AgentCostsPageProps) {
  const { companyId, agentId } = await params
  return <AgentCostsScreen companyId={companyId} agentId={agentId} />
}
