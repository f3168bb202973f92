# What a devnet tells about itself.

field() { jq -er "$1" "$run/devnet.json"; }

show() {
    local sync=${1:-}
    echo "devnet \"$name\" runs: chain $(field .chain_id), block $(jq -r .latest_block_height <<< "$sync")"
    echo "  RPC         $(field .rpc)"
    echo "  REST        $(field .rest)"
    echo "  gRPC        $(field .grpc)"
    echo "  log         $(field .log_file)"
    if [[ -f $run/deployment.json ]]; then echo "  contracts   $run/deployment.json"; else echo "  contracts   none yet: scripts/deploy${option:+ $option}"; fi
    echo "  accounts, each with 10^15 $denom; test keys, worth nothing:"
    field '.accounts[] | [.name, .address, .mnemonic_file] | @tsv' | while IFS=$'\t' read -r account address file; do printf '    %-11s %s  %s\n' "$account" "$address" "$file"; done
}

# State, height and time of the last block, as JSON.
status_json() { # state
    local sync='{}'
    [[ $1 == running ]] && sync=$(sync_info) || sync='{}'
    jq -n --arg name "$name" --arg state "$1" --arg chain_id "$chain_id" --argjson sync "$sync" --arg pid "$(node_pid || true)" \
        '{name: $name, state: $state, chain_id: $chain_id, pid: ($pid | tonumber? // null), height: ($sync.latest_block_height | tonumber? // null), block_time: ($sync.latest_block_time // null)}'
}

status_text() { # state
    case $1 in
        running) show "$(sync_info || echo '{"latest_block_height":"unknown, it does not answer"}')" ;;
        paused) echo "devnet \"$name\" is paused: scripts/devnet resume${option:+ $option}" ;;
        stopped) echo "devnet \"$name\" is stopped: scripts/devnet up${option:+ $option} starts it again with its state" ;;
        absent) echo "there is no devnet \"$name\": scripts/devnet up${option:+ $option} makes it" ;;
    esac
}
