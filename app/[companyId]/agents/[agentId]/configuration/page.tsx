import { ConfigurationScreen } from './configuration-screen'

type ConfigurationPageProps = { params: Promise<{ companyId: string; agentId: string }> }

export default async function ConfigurationPage({ params }: ConfigurationPageProps) {
  const { companyId, agentId } = await params
  return <ConfigurationScreen companyId={companyId} agentId={agentId} />
}
