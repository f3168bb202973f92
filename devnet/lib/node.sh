# The node as a process: what it is doing, how it starts and stops.

# wasmd with a devnet's folder as its home. By itself it reads the client.toml of $HOME/.wasmd only, whatever --home says, and makes that folder.
wasmd() { HOME=$run "$devnet/bin/wasmd" "$@"; }

# The node's process id, if it runs. A pid file whose number another program has by now does not count.
node_pid() {
    local pid
    pid=$(cat "$run/node.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
    [[ $(tr '\0' ' ' < "/proc/$pid/cmdline") == *"wasmd start --home $run/home "* ]] && echo "$pid"
} 2>/dev/null

# What matters to whoever looks for a fault; not a line per block.
log_level='state:warn,consensus:error,p2p:error,txindex:error,*:info'

# One of: absent, stopped, paused, running.
node_state() {
    local pid
    [[ -f $run/devnet.json ]] || { echo absent; return; }
    pid=$(node_pid) || { echo stopped; return; }
    [[ $(sed 's/.*) \(.\).*/\1/' "/proc/$pid/stat") == T ]] && echo paused || echo running
}

# What the node says of its chain, as JSON; fails if it does not answer.
sync_info() { HOME=$run timeout 5 "$devnet/bin/wasmd" status 2>/dev/null | jq -e .sync_info; }

height() { sync_info | jq -r .latest_block_height; }

# Starts the node so that it outlives this script, and returns once it makes blocks.
start() {
    [[ -f $run/node.log ]] && (($(stat -c %s "$run/node.log") > 100000000)) && mv "$run/node.log" "$run/node.log.old"
    HOME=$run setsid bash -c 'echo $$ > "$1/node.pid"; exec "$2/bin/wasmd" start --home "$1/home" --log_no_color --log_level "$3"' \
        - "$run" "$devnet" "$log_level" < /dev/null >> "$run/node.log" 2>&1 9>&- &
    local launched=$! seconds=60
    poll blocks_grow || died
}

# Polls until a command succeeds, while the node lives and $seconds are not over.
poll() {
    local end=$((SECONDS + seconds))
    until "$@" > /dev/null; do
        ((SECONDS < end)) || return 1
        kill -0 "${launched:-$(node_pid)}" 2>/dev/null || return 1
        sleep 0.2
    done
}

# Whether a block came since the first look, and the other services listen.
blocks_grow() {
    local now
    now=$(height 2>/dev/null) && [[ -n $now ]] || return 1
    : "${first_height:=$now}"
    ((now > first_height)) && occupied "$(port_of rest "$(recorded_block)")" && occupied "$(port_of grpc "$(recorded_block)")"
}

died() {
    tail -n 20 "$run/node.log" >&2
    fail "the node made no block within a minute or ended: see above and $run/node.log"
}

# Ends the node in its own time, a paused one too.
stop() {
    local pid
    pid=$(node_pid) || return 0
    kill -TERM "$pid"
    kill -CONT "$pid" 2>/dev/null || true
    gone 30 || fail "the node, process $pid, does not end within 30 s: scripts/devnet kill"
    rm -f "$run/node.pid"
}

# Ends the node as a crash does, and returns once it is gone.
crash() {
    signal KILL
    gone 5 || fail "the node is killed and does not go"
}

gone() { # seconds
    local end=$((SECONDS + $1))
    while node_pid > /dev/null; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# Sends a signal to a node that must run.
signal() { # signal
    local pid
    pid=$(node_pid) || fail "the devnet \"$name\" does not run: scripts/devnet up"
    kill "-$1" "$pid"
}
