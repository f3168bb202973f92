// Contributing: files become items and a root, the commitment is paid with the bond, and revealed afterwards. What a reveal needs is
// on disk in this browser before anything is sent.
import { Flex } from "@radix-ui/themes";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useAsk, useDeployment } from "../chain/ChainContext";
import { Open, To } from "../components/figures";
import { Nothing, Note, Screen, Section, Shown } from "../components/ui";
import { keptOf } from "../keep/commitments";
import { useWallet } from "../wallet/WalletContext";
import { useOwnContributions } from "../data/mine";
import { CommitForm } from "./contribute/CommitForm";
import { KeptRecord } from "./contribute/KeptRecord";
import { RestoreRecord } from "./contribute/RestoreRecord";

/** The screen. */
export function Contribute() {
  const { id = "" } = useParams();
  const datanet = useAsk("datanet", "datanet", { datanet: id });
  const { account } = useWallet();
  return (
    <Screen title={`Contribute to ${datanet.data?.settings.name ?? `DataNet ${id}`}`} lead={<>You commit first and reveal afterwards, so that nobody can copy your data. <To to={`/datanets/${id}`}>Rules of this DataNet</To></>}>
      <Shown query={datanet}>
        {(found) => (
          <Flex direction="column" gap="5">
            {!account && <Note color="amber">Connect your wallet first: the commitment names your account.</Note>}
            {account && (
              <Section title="1. Choose files and commit" note={<>The bond of this DataNet is <Open uopen={found.settings.bond} />. It comes back unless the data are copied or do proved harm.</>} testid="commit-section">
                <CommitForm datanet={found} contributor={account.address} />
              </Section>
            )}
            {account && <KeptRecords datanet={id} contributor={account.address} />}
          </Flex>
        )}
      </Shown>
    </Screen>
  );
}

function KeptRecords({ datanet, contributor }: { datanet: string; contributor: string }) {
  const { chain, contracts } = useDeployment();
  const queries = useQueryClient();
  const kept = useQuery({
    queryKey: ["kept", contributor],
    queryFn: () => keptOf({ chainId: chain.chainId, contract: contracts.datanet, contributor }),
  });
  const own = useOwnContributions(contributor);
  const here = (kept.data ?? []).filter((record) => record.datanet === datanet);
  const waiting = (own.data ?? []).filter((contribution) => contribution.datanet === datanet && contribution.status === "committed");
  const lost = kept.data ? waiting.filter((contribution) => !here.some((record) => record.commitment === contribution.commitment)) : [];
  const refresh = () => void queries.invalidateQueries({ queryKey: ["kept"] });
  return (
    <Section title="2. Reveal what you committed" note="Kept in this browser until it is revealed. Save a backup: without it nobody can reveal." testid="kept-section">
      {here.length === 0 && lost.length === 0 && <Nothing>Nothing waits to be revealed.</Nothing>}
      <Flex direction="column" gap="4">
        {here.map((record) => (
          <KeptRecord key={record.commitment} kept={record} contribution={own.data?.find((one) => one.commitment === record.commitment) ?? null} onForgotten={refresh} />
        ))}
        {lost.length > 0 && (
          <Note color="red" testid="record-missing">
            Contribution {lost.map((one) => one.id).join(", ")} waits for its reveal, and its record is not in this browser. Open the page in the browser that committed it, or restore its backup below.
          </Note>
        )}
        <RestoreRecord onRestored={refresh} />
      </Flex>
    </Section>
  );
}
