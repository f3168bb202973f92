# Sets in a TOML file what another TOML file names: awk -f merge.awk changes.toml original.toml
# Fails if a setting is not in the original: a name that this version of the node does not know would be ignored in silence.

function place(line) { if (match(line, /^\[[^]]*\]/)) section = substr(line, 2, RLENGTH - 2) }
function setting(line) {
    if (line !~ /^[a-z][A-Za-z0-9_-]* *=/) return ""
    sub(/ *=.*/, "", line)
    return section "/" line
}

FNR == 1 { section = "" }
{ place($0); name = setting($0) }
NR == FNR { if (name != "") changed[name] = $0; next }
name in changed { print changed[name]; delete changed[name]; next }
{ print }
END {
    for (name in changed) { print "no setting " name " in " FILENAME > "/dev/stderr"; missing = 1 }
    exit missing
}
