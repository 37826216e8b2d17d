import { AccountScreen } from './account-screen'

export default function AccountPage() {
  return <AccountScreen />
}
