#!/usr/bin/env bash
# Builds the program of bench/gpu for NVIDIA's cards into a folder, on a machine with or without one.
#
#     bench/reference/gpu/build.sh target/gpu
#
# CUDA_COMPUTE_CAP is the card's compute capability without its dot: 90 (H100, H200) unless given.
set -euo pipefail
here=$(cd "$(dirname "$0")/../../.." && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)

exported=$("$here/bench/reference/gpu/toolkit.sh" "$folder")
eval "$exported"
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-90}
# The triple is said so that the flags are for the program alone, and not for what builds it.
triple=x86_64-unknown-linux-gnu
# A folder of its own keeps what is built for cards apart from everything else.
cargo build --release --locked --manifest-path "$here/Cargo.toml" -p tasks --features cuda --bin gpu --target "$triple" --target-dir "$folder/build"
program=$folder/gpu.new
cp "$folder/build/$triple/release/gpu" "$program"

stop() { echo "build.sh: $*" >&2; exit 2; }
# The linker may have been told to let names pass that it does not find: all of them must be CUDA's, and CUDA's libraries be asked for at the start.
foreign=$(nm -D --undefined-only "$program" | awk '$1 == "U" && $2 !~ /@|^(cu[A-Z]|cublas|curand|cuda|nvrtc|__cuda)/ { print $2 }' | paste -sd ' ')
[[ -z $foreign ]] || stop "no library has $foreign"
needed=$(readelf -d "$program")
for name in cuda cublas curand nvrtc; do
    [[ $needed == *"[lib$name.so"* ]] || stop "the program does not ask for lib$name, so that it could start nowhere"
done
strip "$program"
mv "$program" "$folder/gpu"
echo "ready: $folder/gpu ($(du -m "$folder/gpu" | cut -f1) MiB), for compute capability $CUDA_COMPUTE_CAP"
