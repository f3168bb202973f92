import "@radix-ui/themes/styles.css";
import "./page.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HashRouter } from "react-router";
import { App } from "./App";
import { ChainProvider } from "./chain/ChainContext";
import { Reader } from "./chain/reader";
import { SendProvider } from "./chain/SendContext";
import { Failed } from "./components/ui";
import { loadDeployment } from "./config/deployment";
import { Themed } from "./Themed";
import { WalletProvider } from "./wallet/WalletContext";

// The chain may be on this machine: what the browser thinks of the network does not matter.
const queries = new QueryClient({
  defaultOptions: { queries: { networkMode: "always", staleTime: 3_000, retry: 1, retryDelay: 700, refetchOnWindowFocus: true } },
});

const root = createRoot(document.getElementById("root") as HTMLElement);

async function start(): Promise<void> {
  const deployment = await loadDeployment();
  const reader = await Reader.create(deployment);
  root.render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ChainProvider reader={reader}>
          <WalletProvider deployment={deployment}>
            <SendProvider>
              <HashRouter>
                <Themed>
                  <App />
                </Themed>
              </HashRouter>
            </SendProvider>
          </WalletProvider>
        </ChainProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

start().catch((error: unknown) => {
  root.render(
    <Themed>
      <Failed error={error} />
    </Themed>,
  );
});
