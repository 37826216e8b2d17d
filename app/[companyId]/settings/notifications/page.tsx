import { NotificationSettings } from './notification-settings'

export default async function NotificationSettingsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <NotificationSettings companyId={companyId} />
}
