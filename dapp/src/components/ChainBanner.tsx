// What is wrong with the chain or the wallet, above every screen.
import { Box } from "@radix-ui/themes";
import { useDeployment, useTip } from "../chain/ChainContext";
import { problemOf } from "../chain/problems";
import { useWallet } from "../wallet/WalletContext";
import { Note } from "./ui";

/** The banner, if there is anything to say. */
export function ChainBanner() {
  const { chain } = useDeployment();
  const tip = useTip();
  const { state } = useWallet();
  return (
    <>
      {tip.isError && (
        <Box mb="4" role="alert">
          <Note color="red" testid="banner-unreachable">
            {chain.chainName} does not answer at {chain.rpc}. {problemOf(tip.error).kind === "unreachable" ? "Check the connection, and that the node runs. The page tries again by itself." : problemOf(tip.error).message}
          </Note>
        </Box>
      )}
      {tip.data && tip.data.chainId !== chain.chainId && (
        <Box mb="4" role="alert">
          <Note color="red" testid="banner-wrong-chain">
            The node serves the chain {tip.data.chainId}, and this page is for {chain.chainId}. Nothing can be sent. Whoever runs this page must set it to the right node.
          </Note>
        </Box>
      )}
      {state.stage === "failed" && (
        <Box mb="4" role="alert" data-testid="banner-wallet" data-kind={state.problem.kind}>
          <Note color="amber">{state.problem.message}</Note>
        </Box>
      )}
    </>
  );
}
