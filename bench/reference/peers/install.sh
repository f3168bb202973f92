#!/usr/bin/env bash
# Makes the virtual environment of the peers. Running it again only adds what is missing.
#
#     bench/reference/peers/install.sh [folder]      default: target/peers/venv
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/../../../target/peers/venv}
python=${PYTHON:-python3}

stop() { echo "install.sh: $1" >&2; exit 2; }

command -v "$python" > /dev/null || stop "$python is missing: install Python 3.11, or name another with PYTHON="
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "$python is older than 3.11"
"$python" -c 'import venv, ensurepip' 2> /dev/null || stop "$python has no venv: install the package python3-venv"

mkdir -p "$folder"
free_gib=$(( $(df --output=avail -k "$folder" | tail -1) / 1048576 ))
if [ ! -x "$folder/bin/python" ]; then
    [ "$free_gib" -ge 12 ] || stop "$folder has $free_gib GiB free; torch with its CUDA libraries needs 12"
    "$python" -m venv "$folder"
fi
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt"; then
    "$folder/bin/python" -m pip install --no-cache-dir --quiet -r "$here/requirements.txt" || stop "pip could not install; see above for the package"
    # dattri asks for torchaudio for its music benchmarks. PyPI's newest is built for another CUDA and breaks every import of transformers.
    "$folder/bin/python" -m pip uninstall --quiet --yes torchaudio
    cp "$here/requirements.txt" "$folder/installed.txt"
fi

missing=0
for module in torch transformers safetensors numpy scipy peft sklearn kronfluence dattri trak bergson bm25s; do
    "$folder/bin/python" -c "import $module" 2> "$folder/import-error" && continue
    echo "install.sh: import $module fails: $(tail -1 "$folder/import-error")" >&2
    missing=1
done
[ "$missing" -eq 0 ] || stop "the peers above do not run in $folder"
echo "ready: $folder/bin/python"
