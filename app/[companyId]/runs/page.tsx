import { RunsScreen } from './runs-screen'

export default async function RunsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <RunsScreen companyId={companyId} />
}
