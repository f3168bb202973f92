#!/usr/bin/env python3
"""Folders of the CUDA libraries that PyTorch's wheels bring, as LD_LIBRARY_PATH takes them."""
import pathlib
import sys

WANTED = ("libcublas.so", "libcublasLt.so", "libcudart.so", "libcurand.so", "libnvrtc.so")


def main():
    roots = [pathlib.Path(root) / "nvidia" for root in sys.path if root]
    files = [file for root in roots if root.is_dir() for name in WANTED for file in root.glob(f"*/lib/{name}.*")]
    print(":".join(sorted({str(file.parent) for file in files})))


if __name__ == "__main__":
    main()
