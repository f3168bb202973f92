# Ports of devnets. A devnet has four, all shifted by ten times its block: block 0 is the default devnet's, 1 to 60 are for named ones.

port_of() { # service, block
    local -A first=([p2p]=26656 [rpc]=26657 [rest]=1317 [grpc]=9090)
    echo $((first[$1] + 10 * $2))
}

occupied() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Who listens on a port, as far as the system tells.
listener() {
    local who
    who=$(ss -ltnpH "sport = :$1" 2>/dev/null | grep -oE '"[^"]+",pid=[0-9]+' | head -1 | sed 's/"\(.*\)",pid=/\1, process /')
    echo "${who:-another program}"
}

# Fails with the first port of a block that something else listens on.
require_free() { # block
    local service port
    for service in rpc p2p rest grpc; do
        port=$(port_of "$service" "$1")
        occupied "$port" && fail "port $port, which the devnet \"$name\" needs for $service, is in use by $(listener "$port"): stop it, or use another devnet with --name"
    done
    return 0
}

block_is_free() {
    local service
    for service in rpc p2p rest grpc; do occupied "$(port_of "$service" "$1")" && return 1; done
    ! grep -qs "\"http://127.0.0.1:$(port_of rpc "$1")\"" "$devnet"/run*/devnet.json
}

# The block of a new devnet: 0 by default; for a name, the first free one from a place that the name gives.
choose_block() {
    [[ $name == "$default_name" ]] && { echo 0; return; }
    local start block i
    start=$(printf '%s' "$name" | cksum | cut -d ' ' -f 1)
    for ((i = 0; i < 60; i++)); do
        block=$((1 + (start + i) % 60))
        block_is_free "$block" && { echo "$block"; return; }
    done
    fail "no 4 free ports for another devnet: reset one, see the folders devnet/run-*"
}

# The block that a devnet was made with.
recorded_block() {
    local rpc
    rpc=$(field .rpc)
    echo $(((${rpc##*:} - 26657) / 10))
}
