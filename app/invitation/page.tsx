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
        <AuthError title="Invitation">
          This link was cut short when it was copied. Open all of it, or ask for a new one.
        </AuthError>
      )}
    </AuthPage>
  )
}
