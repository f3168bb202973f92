# Makes the folder of a new devnet: one validator, funded test accounts, configuration, devnet.json.
# All happens in a folder beside it, which gets its name when it is complete.

accounts=(validator governance alice bob carol faucet)
funds=1000000000000000
bonded=1000000000000

create() {
    local block=$1 new=$run.new
    rm -rf "$new"
    mkdir -m 700 "$new"
    initialise "$new" > "$new/create.log" 2>&1 || fail "could not initialise the chain: see $new/create.log"
    configure "$new/home/config" "$block"
    describe "$new/keys" "$block" > "$new/devnet.json"
    mv "$new" "$run"
}

initialise() { # folder; every step is checked, since `set -e` does not hold under a caller's ||
    local run=$1
    mkdir -m 700 "$run/keys" "$run/home" &&
        ln -s home "$run/.wasmd" &&
        wasmd init "$name" --chain-id "$chain_id" --default-denom "$denom" &&
        jq -f "$devnet/config/genesis.jq" "$run/home/config/genesis.json" > "$run/genesis.new" &&
        mv "$run/genesis.new" "$run/home/config/genesis.json" &&
        add_accounts &&
        wasmd genesis gentx validator "$bonded$denom" --chain-id "$chain_id" --keyring-backend test &&
        wasmd genesis collect-gentxs &&
        wasmd genesis validate-genesis
}

add_accounts() {
    local account
    for account in "${accounts[@]}"; do
        add_account "$account" || return
    done
}

# A new key, its words and its address in files, its funds in the genesis.
add_account() { # account
    local made
    made=$(wasmd keys add "$1" --output json --keyring-backend test 2>&1) &&
        (umask 077 && jq -er .mnemonic <<< "$made" > "$run/keys/$1.mnemonic") &&
        jq -er .address <<< "$made" > "$run/keys/$1.address" &&
        wasmd genesis add-genesis-account "$1" "$funds$denom" --keyring-backend test
}

configure() { # the node's configuration folder, block
    local file
    for file in config app client; do
        fill_in "$2" < "$devnet/config/$file.toml" > "$1/changes.toml"
        awk -f "$devnet/config/merge.awk" "$1/changes.toml" "$1/$file.toml" > "$1/merged.toml" || fail "devnet/config/$file.toml does not fit this wasmd"
        mv "$1/merged.toml" "$1/$file.toml"
    done
    rm "$1/changes.toml"
}

fill_in() { # block
    local service edits=(-e "s/\\\$CHAIN_ID/$chain_id/")
    for service in p2p rpc rest grpc; do edits+=(-e "s/\\\$${service^^}/$(port_of "$service" "$1")/"); done
    sed "${edits[@]}"
}

# devnet.json: all that a program needs to use this chain.
describe() { # keys, block
    local account
    for account in "${accounts[@]}"; do
        jq -n --arg name "$account" --arg address "$(cat "$1/$account.address")" --arg mnemonic_file "$run/keys/$account.mnemonic" '$ARGS.named'
    done | jq -s --arg name "$name" --arg chain_id "$chain_id" --arg denom "$denom" --arg gas_price 0.001 \
        --arg rpc "http://127.0.0.1:$(port_of rpc "$2")" --arg rest "http://127.0.0.1:$(port_of rest "$2")" --arg grpc "127.0.0.1:$(port_of grpc "$2")" \
        --arg pid_file "$run/node.pid" --arg log_file "$run/node.log" '$ARGS.named + {accounts: .}'
}
