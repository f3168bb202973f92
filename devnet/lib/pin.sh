# Pins codes as a real chain does: by a proposal of governance, which the only validator votes for. About seven seconds.

change_pins() { # pin-codes or unpin-codes, code ids
    local title="$1: ${*:2}" proposal seconds=30
    sent tx wasm submit-proposal "$@" --title "$title" --summary "$title" --expedite --deposit "2000$denom"
    proposal=$(jq -er '[.events[] | select(.type == "submit_proposal").attributes[] | select(.key == "proposal_id").value][0]' <<< "$included")
    sent tx gov vote "$proposal" yes
    poll decided "$proposal" || fail "proposal $proposal is not decided after $seconds s: scripts/devnet status"
    [[ $(proposal_status "$proposal") == PROPOSAL_STATUS_PASSED ]] || fail "proposal $proposal: $(wasmd query gov proposal "$proposal" | jq -r '.proposal | .status + " " + .failed_reason')"
}

# Sends a transaction of the validator and leaves it in $included once it is in a block.
sent() { # wasmd's arguments
    local hash answer seconds=15
    answer=$(wasmd "$@" --from validator --gas 1000000 --log_no_color -y 2>&1) || fail "refused: $(tail -n 1 <<< "$answer")"
    answer=$(grep '^{' <<< "$answer")
    [[ $(jq .code <<< "$answer") == 0 ]] || fail "refused: $(jq -r .raw_log <<< "$answer")"
    hash=$(jq -r .txhash <<< "$answer")
    poll found "$hash" || fail "transaction $hash is in no block after $seconds s"
    included=$(wasmd query tx "$hash")
    [[ $(jq .code <<< "$included") == 0 ]] || fail "transaction $hash failed: $(jq -r .raw_log <<< "$included")"
}

found() { wasmd query tx "$1" 2>/dev/null; }
proposal_status() { wasmd query gov proposal "$1" | jq -r .proposal.status; }
decided() { [[ $(proposal_status "$1") != PROPOSAL_STATUS_VOTING_PERIOD ]]; }
