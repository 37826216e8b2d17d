import { ActivityScreen } from './activity-screen'

export default async function ActivityPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <ActivityScreen companyId={companyId} />
}
