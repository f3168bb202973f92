# What a devnet changes in wasmd's genesis.

# A chunk of a round takes up to 20 M gas; a block holds a few of them.
.consensus.params.block.max_gas = "100000000"

# Seconds, not days: codes are pinned by proposals.
| .app_state.gov.params.voting_period = "10s"
| .app_state.gov.params.expedited_voting_period = "5s"
| .app_state.gov.params.max_deposit_period = "60s"
| .app_state.gov.params.min_deposit[0].amount = "1000"
| .app_state.gov.params.expedited_min_deposit[0].amount = "2000"

# No new stake: balances move by transfers and fees alone.
| .app_state.mint.minter.inflation = "0.000000000000000000"
| .app_state.mint.params.inflation_rate_change = "0.000000000000000000"
| .app_state.mint.params.inflation_max = "0.000000000000000000"
| .app_state.mint.params.inflation_min = "0.000000000000000000"
