import { EditAgentScreen } from './edit-agent-screen'

type EditAgentPageProps = { params: Promise<{ companyId: string; agentId: string }> }

export default async function EditAgentPage({ params }: EditAgentPageProps) {
  const { companyId, agentId } = await params
  return <EditAgentScreen companyId={companyId} agentId={agentId} />
}
