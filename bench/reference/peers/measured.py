#!/usr/bin/env python3
"""Runs a command on two cores and writes what it took, by the system's account of it.

    measured.py RECORD.json COMMAND ...

The record has the exit status, wall seconds, processor seconds, and the peak of resident memory in MiB, each of the whole process.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

CORES = 2


def main():
    record, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    start = time.perf_counter()
    status = subprocess.run(command, check=False).returncode
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    record.write_text(json.dumps({
        "status": status,
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss // 1024,
    }) + "\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
