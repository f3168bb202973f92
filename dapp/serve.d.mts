/** What the page may do, as the header says it. */
export function policy(deployment: { chain: { rpc: string; rest: string }; gateways?: Readonly<Record<string, string>> }): string;
/** Serves the built page. */
export function serve(options?: { port?: number; folder?: string; deploymentFile?: string }): Promise<{ url: string; close: () => Promise<void> }>;
