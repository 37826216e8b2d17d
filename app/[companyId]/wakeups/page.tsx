import { WakeupsScreen } from './wakeups-screen'

export default async function WakeupsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <WakeupsScreen companyId={companyId} />
}
