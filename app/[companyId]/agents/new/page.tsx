import { NewAgentScreen } from './new-agent-screen'

export default async function NewAgentPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <NewAgentScreen companyId={companyId} />
}
