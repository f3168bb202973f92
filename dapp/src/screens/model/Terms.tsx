// How a model's fees are split, what it asks for a call, and who serves it.
import { Box } from "@radix-ui/themes";
import type { Model } from "../../../../schema/model";
import { percentOfBps } from "../../amount/amount";
import { useAsk } from "../../chain/ChainContext";
import { Address, Facts, Open, To } from "../../components/figures";
import { Table } from "../../components/Table";
import { Shown } from "../../components/ui";
import { useWallet } from "../../wallet/WalletContext";
import { HandOver } from "../HandOver";
import { OwnerForms } from "./OwnerForms";
import styles from "./tab.module.css";

/** Terms and prices in force. */
export function Terms({ model }: { model: Model }) {
  const { account } = useWallet();
  const own = account?.address;
  const sheet = useAsk("model", "price_sheet", { model: model.id, version: model.price_sheet });
  const history = useAsk("model", "terms_history", { model: model.id, page: { limit: 100 } });
  const { terms } = model;
  return (
    <div className={styles.tab}>
      <Facts
        facts={[
          ["Owner", <Address key="owner" of={model.owner} own={own} />],
          ["Gateway", <Address key="gateway" of={model.gateway} own={own} />],
          ["Curators", model.curators.map((curator) => <div key={curator}><Address of={curator} own={own} /></div>)],
          ["Contributors", percentOfBps(terms.influence), "terms-influence"],
          ["Owner's part", percentOfBps(terms.owner)],
          ["Stake holders", percentOfBps(terms.stake)],
          ["Parents", percentOfBps(terms.parents)],
          ["Released per round", percentOfBps(terms.release_rate)],
          ["A contribution earns at most", <Open key="cap" uopen={terms.cap} />],
          ["Corrections go to", model.corrections ? <To key="corrections" to={`/datanets/${model.corrections}`}>DataNet {model.corrections}</To> : "nowhere"],
          ["Changes so far", history.data ? Math.max(0, history.data.length - 1) : "…"],
        ]}
      />
      <Shown query={sheet}>
        {(found) => (
          <Table
            caption={`Prices, sheet ${found.version}`}
            testid="prices-table"
            rows={found.prices}
            rowKey={(row) => row.name}
            columns={[
              { title: `Price (sheet ${found.version})`, cell: (row) => row.name },
              { title: "A call, OPEN", cell: (row) => <Open uopen={row.per_call} unit={false} />, numeric: true },
              { title: "1,000 tokens read", cell: (row) => <Open uopen={row.per_1000_in ?? "0"} unit={false} />, numeric: true },
              { title: "1,000 tokens written", cell: (row) => <Open uopen={row.per_1000_out ?? "0"} unit={false} />, numeric: true },
            ]}
          />
        )}
      </Shown>
      {own === model.owner && sheet.data && <OwnerForms model={model} prices={sheet.data.prices} />}
      <Box mt="5">
        <HandOver what="model" id={model.id} owner={model.owner} offeredTo={model.offered_to} note="Who takes it gets the owner's part of what is settled from then on, sets prices and registers versions. Its gateway and curators stay." />
      </Box>
    </div>
  );
}

