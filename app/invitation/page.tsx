import { AuthError, AuthPage } from '@/app/_account/auth-page'
import { InvitationForm } from './invitation-form'

type InvitationPageProps = { searchParams: Promise<{ token?: string | string[] }> }

export default async function InvitationPage({ searchParams }: InvitationPageProps) {
  const { token } = await searchParams
  return (
    <AuthPage title="Invitation">
      {typeof token === 'string' && token !== '' ? (
        <InvitationForm token={token} />
      ) : (
        <AuthError title="Invitation">This link is incomplete. Open the whole link, or ask for a new one.</AuthError>
      )}
    </AuthPage>
  )
}
