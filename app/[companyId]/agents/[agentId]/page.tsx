import { AgentScreen } from './agent-screen'

type AgentPageProps = { params: Promise<{ companyId: string; agentId: string }> }

export default async function AgentPage({ params }: AgentPageProps) {
  const { companyId, agentId } = await params
  return <AgentScreen companyId={companyId} agentId={agentId} />
}
