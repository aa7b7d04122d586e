"""Makes files of /proc for sessions, the same on any machine.

Libraries (dask, joblib, psutil) and programs (`free`, `nproc`) read them to choose how many
processes to start and how much memory to use. They reveal nothing of the machine except its boot
time, which any process can ask the kernel for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from grader.guest.protocol.launch_plan import MADE_PROC

PROCESSORS = 2
_MHZ = 2000
_TICKS = 100  # of processor time per second
_UP_S = 3600  # reported uptime [s]


def proc_files(memory_bytes: int) -> Mapping[str, str]:
    """Return the files of `MADE_PROC`, as text; half of `memory_bytes` is reported as free."""
    texts = {
        "cpuinfo": "".join(map(_cpuinfo, range(PROCESSORS))),
        "diskstats": "",
        "filesystems": "nodev\tproc\nnodev\ttmpfs\n",
        "loadavg": "0.00 0.00 0.00 1/1 1\n",
        "meminfo": _meminfo(memory_bytes // 1024),
        "stat": _stat(),
        "swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
        "uptime": f"{_UP_S}.00 {_UP_S * PROCESSORS}.00\n",
        "version": "Linux version 0.0.0 (sandbox)\n",
        "vmstat": _lines("{} {}", dict.fromkeys(("pgfault", "pgmajfault", "pswpin", "pswpout"), 0)),
    }
    return {name: texts[name] for name in MADE_PROC}


def _cpuinfo(number: int) -> str:
    fields = {
        "processor": number,
        "model name": "sandbox",
        "cpu MHz": f"{_MHZ}.000",
        "physical id": 0,
        "siblings": PROCESSORS,
        "core id": number,
        "cpu cores": PROCESSORS,
    }
    return _lines("{}\t: {}", fields) + "\n"


def _meminfo(total_kib: int) -> str:
    free = total_kib // 2
    sizes = {"MemTotal": total_kib, "MemFree": free, "MemAvailable": free}
    none = ("Buffers", "Cached", "SwapCached", "Active", "Inactive", "SwapTotal", "SwapFree")
    more = ("Shmem", "Slab", "SReclaimable", "SUnreclaim")
    return _lines("{}:\t{} kB", {**sizes, **dict.fromkeys((*none, *more), 0)})


def _stat() -> str:
    idle = _UP_S * _TICKS
    rest = "0 0 0 0 0 0"
    # psutil adds the boot time to the kernel's start time of each process.
    began = int(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME))
    lines = [f"cpu  0 0 0 {idle * PROCESSORS} {rest}"]
    lines += [f"cpu{number} 0 0 0 {idle} {rest}" for number in range(PROCESSORS)]
    lines += ["intr 0", "ctxt 0", f"btime {began}", "processes 1"]
    return "\n".join([*lines, "procs_running 1", "procs_blocked 0", "softirq 0", ""])


def _lines(form: str, fields: Mapping[str, object]) -> str:
    return "".join(f"{form.format(name, value)}\n" for name, value in fields.items())
