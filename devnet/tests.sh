#!/usr/bin/env bash
# Checks scripts/devnet on two chains of its own, "check-a" and "check-b", which it makes and deletes. About a minute.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
out=$(mktemp)
visitor=
finish() {
    [[ -z $visitor ]] || kill "$visitor" 2>/dev/null
    a reset; b reset
    rm -f "$out"
}
trap finish EXIT

failed=0 passed=0
a() { on check-a "$@"; }
b() { on check-b "$@"; }
on() { scripts/devnet "$2" --name "$1" "${@:3}" > "$out" 2>&1; }

# Says whether a condition, given as a command, holds, and shows what the last devnet command said if not.
that() { # sentence, command…
    local sentence=$1
    shift
    if "$@" > /dev/null 2>&1; then
        passed=$((passed + 1)); echo "ok    $sentence"
    else
        failed=$((failed + 1)); echo "FAIL  $sentence"; sed 's/^/      | /' "$out"
    fi
}

says() { grep -qF -- "$1" "$out"; }
exits() { # code, command…
    local code=$1 got=0
    shift
    "$@" || got=$?
    [[ $got == "$code" ]]
}
of() { jq -er "$2" "devnet/run-check-$1/devnet.json"; }
height() { scripts/devnet status --json --name "check-$1" | jq -e .height; }
state() { scripts/devnet status --json --name "check-$1" | jq -er .state; }
is() { [[ $1 == "$2" ]]; }
above() { (($1 > $2)); }
pid() { cat "$(of "$1" .pid_file)"; }
grows() { # chain, height: whether it gets above it within 10 s
    local end=$((SECONDS + 10))
    until above "$(height "$1")" "$2"; do ((SECONDS < end)) || return 1; sleep 0.2; done
}
seconds_to() { local begin=$SECONDS; "$@" && last_seconds=$((SECONDS - begin)); }
loopback_only() { # chain
    local listening
    listening=$(ss -ltnpH | grep "pid=$(pid "$1"),") || return 1
    (($(wc -l <<< "$listening") == 4)) && ! awk '{ print $4 }' <<< "$listening" | grep -qv '^127\.0\.0\.1:'
}
second_per_block() { # chain: ten blocks take 9 to 14 s by their own time
    local rpc last first_time last_time
    rpc=$(of "$1" .rpc) last=$(height "$1")
    first_time=$(block_time "$rpc" $((last - 10))) last_time=$(block_time "$rpc" "$last")
    above $((last_time - first_time)) 8 && above 15 $((last_time - first_time))
}
block_time() { date -d "$(HOME=$PWD/devnet/run-check-a devnet/bin/wasmd query block --type=height "$2" --node "tcp://${1#http://}" --output json | jq -er .header.time)" +%s; }
private() { [[ -z $(find "devnet/run-check-$1/keys" -name '*.mnemonic' ! -perm 600) && $(stat -c %a "devnet/run-check-$1") == 700 ]]; }
funded() { # chain, account
    [[ $(scripts/devnet wasmd --name "check-$1" query bank balances "$(of "$1" ".accounts[] | select(.name == \"$2\").address")" | jq -r '.balances[0].amount') == 1000000000000000 ]]
}
stored() { for _ in {1..50}; do scripts/devnet wasmd --name "check-$1" query wasm code-info 1 && return; sleep 0.2; done; return 1; }
pinned() { scripts/devnet wasmd --name "check-$1" query wasm pinned | jq -r '.code_ids[]'; }
wait_for_port() { for _ in {1..50}; do (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; return 1; }

a reset; b reset

echo "== names"
that "a name with a capital letter is refused" exits 2 scripts/devnet up --name Chain
that "a name with a slash is refused" exits 2 scripts/devnet up --name ../x
that "a name of 21 characters is refused" exits 2 scripts/devnet up --name aaaaaaaaaaaaaaaaaaaaa
that "an empty name is refused" exits 2 scripts/devnet up --name ""
that "an unknown command is refused" exits 2 scripts/devnet start
that "an unknown argument is refused" exits 2 scripts/devnet up --nam x

echo "== before there is one"
that "status of no devnet is a negative answer" exits 1 a status
that "pausing no devnet cannot be done" exits 2 a pause
that "down of no devnet is done" a down

echo "== up"
that "up makes a chain and starts it" a up
that "up prints RPC, REST, gRPC, chain id and accounts" says "RPC         $(of a .rpc)"
that "the chain id is open-check-a-1" is "$(of a .chain_id)" open-check-a-1
that "devnet.json names every address and key file" of a '.accounts | length == 6 and all(.name and .address and .mnemonic_file)'
that "mnemonics and the folder can be read by their owner only" private a
that "it listens on four ports of 127.0.0.1 and nowhere else" loopback_only a
that "status says running" exits 0 a status
that "test accounts have 10^15" funded a alice
seconds_to a up
that "a second up takes at most 3 s (${last_seconds:-none})" above 4 "${last_seconds:-9}"

echo "== two side by side"
that "another name gets another chain" b up
that "it has other ports" exits 1 is "$(of a .rpc)" "$(of b .rpc)"
that "it listens on 127.0.0.1 only" loopback_only b
that "both run" is "$(state a)$(state b)" runningrunning
that "the first goes on" grows a "$(height a)"
that "ending one" b down
that "leaves the other" is "$(state a)$(state b)" runningstopped

echo "== blocks"
grows a 12
that "ten blocks take about ten seconds" second_per_block a

echo "== faults"
before=$(height a)
that "kill kills the node" a kill
that "status says stopped, with exit code 1" exits 1 a status
that "up brings it back" a up
that "with its state" above "$(height a)" $((before - 2))
that "pause halts it" a pause
that "status says paused, with exit code 1" exits 1 a status
halted=$(HOME=$PWD/devnet/run-check-a timeout 2 devnet/bin/wasmd status 2>/dev/null | jq -r .sync_info.latest_block_height)
that "a paused node answers nobody" is "$halted" ""
that "resume lets it go on" a resume
that "and blocks come again" grows a "$before"
that "down ends a paused one too" eval 'a pause && a down'
that "it is stopped" is "$(state a)" stopped

echo "== a stale pid file"
sleep 300 & visitor=$!
echo "$visitor" > devnet/run-check-a/node.pid
that "whose number another program has counts as stopped" is "$(state a)" stopped
that "down leaves that program alone" eval 'a down && kill -0 $visitor'
echo "$visitor" > devnet/run-check-a/node.pid
that "up starts the node, and leaves that program alone" eval 'a up && kill -0 $visitor'
that "it runs" is "$(state a)" running
kill "$visitor"; visitor=

echo "== an occupied port"
a down
port=$(of a .rest); port=${port##*:}
python3 -m http.server "$port" --bind 127.0.0.1 > /dev/null 2>&1 & visitor=$!
wait_for_port "$port"
that "up refuses, and does not start" exits 2 a up
that "it names the port" says "port $port"
that "and the program" says python
that "nothing was started" is "$(state a)" stopped
kill "$visitor"; wait "$visitor" 2>/dev/null; visitor=
that "up works when the port is free again" a up

echo "== codes"
if [[ -f artifacts/open_token.wasm ]]; then
    that "wasmd stores a contract" a wasmd tx wasm store artifacts/open_token.wasm --from alice -y
    that "it is code 1 within seconds" stored a
    that "pin pins it by a proposal" scripts/devnet pin --name check-a 1
    that "it is pinned" is "$(pinned a)" 1
    that "a code that does not exist cannot be pinned" exits 2 scripts/devnet pin --name check-a 9
else
    echo "skip  no artifacts/open_token.wasm: scripts/build-wasm"
fi

echo "== logs and reset"
that "logs shows the node's log" a logs
that "with the services that it started" says "gRPC server"
that "reset deletes the chain" a reset
that "nothing of it is left" exits 1 test -e devnet/run-check-a
that "reset of a stopped chain" b reset
that "nothing of it is left either" exits 1 test -e devnet/run-check-b

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
