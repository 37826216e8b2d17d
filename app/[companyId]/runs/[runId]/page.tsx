import { RunScreen } from './run-screen'

type RunPageProps = { params: Promise<{ companyId: string; runId: string }> }

export default async function RunPage({ params }: RunPageProps) {
  const { companyId, runId } = await params
  return <RunScreen companyId={companyId} runId={runId} />
}
