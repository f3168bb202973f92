#!/usr/bin/env bash
# CUDA's compiler, headers and empty libraries to link against, from PyPI: enough to build for a card on a machine that has none. Prints what to export.
#
#     eval "$(bench/reference/gpu/toolkit.sh target/gpu)"
#
# Where nvcc is installed already, it says so and does nothing.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
stop() { echo "toolkit.sh: $*" >&2; exit 2; }

if [[ -z ${OWN_TOOLKIT:-} ]] && command -v nvcc >/dev/null; then
    echo "toolkit.sh: $(command -v nvcc) is used" >&2
    exit
fi

venv=$folder/toolkit
if [[ ! -x $venv/bin/python ]]; then
    python3 -m venv "$venv" || stop "python3 has no venv: install the package python3-venv"
fi
wanted=(nvidia-cuda-nvcc==13.0.* nvidia-cuda-runtime==13.0.* nvidia-cuda-crt==13.0.* nvidia-nvvm==13.0.* nvidia-cuda-cccl==13.0.*
    nvidia-curand==10.4.0.* nvidia-cuda-nvrtc==13.0.*)
if [[ $(cat "$venv/installed.txt" 2>/dev/null) != "${wanted[*]}" ]]; then
    "$venv/bin/python" -m pip install --quiet --no-cache-dir "${wanted[@]}" >&2 || stop "pip could not install CUDA's compiler"
    echo "${wanted[*]}" >"$venv/installed.txt"
fi
root=$(echo "$venv"/lib/python3.*/site-packages/nvidia/cu13)
[[ -x $root/bin/nvcc ]] || stop "$root has no bin/nvcc: the packages are laid out in another way"
ln -sfn lib "$root/lib64"

# Libraries without anything in them but the names that programs ask for when they start.
stubs=$folder/stubs
mkdir -p "$stubs"
for name in cuda.so.1 cublas.so.13 cublasLt.so.13 curand.so.10 nvrtc.so.13 cudart.so.13; do
    [[ -e $stubs/lib${name%%.*}.so ]] || cc -shared -nostdlib -Wl,-soname,"lib$name" -o "$stubs/lib${name%%.*}.so" -x c /dev/null
done

for name in CUDA_HOME CUDA_ROOT CUDA_PATH CUDA_TOOLKIT_ROOT_DIR; do printf 'export %s=%q\n' "$name" "$root"; done
printf 'export PATH=%q:$PATH\n' "$root/bin"
# Empty libraries are needed by nothing, so that the linker is told at the end to want them all the same, and to let their names pass. Flags stand apart from
# each other, so that a folder's name may have spaces.
flags=(-L "native=$stubs" -C link-arg=-Wl,--unresolved-symbols=ignore-all -C link-arg=-Wl,--no-as-needed)
for name in cuda cublas cublasLt curand nvrtc cudart; do flags+=(-C "link-arg=-l$name"); done
printf 'export CARGO_ENCODED_RUSTFLAGS=%q\n' "$(IFS=$'\x1f' && echo "${flags[*]}")"
