"""What the kernel says about a process, from /proc."""
import collections
import os


def thread_cpu(pid):
    """CPU seconds by thread name, summed over threads of one name."""
    seconds = collections.Counter()
    for task in os.listdir(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{task}"
        try:
            with open(folder + "/comm", encoding="utf-8") as comm, \
                    open(folder + "/schedstat", encoding="utf-8") as schedstat:
                seconds[comm.read().strip()] += int(schedstat.read().split()[0]) / 1e9
        except OSError:
            continue  # The thread has just ended.
    return seconds


def wake_ups(pid):
    """How often threads of the process have gone from waiting to running, since their start."""
    count = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="utf-8") as status:
            count += sum(int(line.split()[1]) for line in status
                         if line.startswith("voluntary_ctxt_switches"))
    return count


def bytes_written(pid):
    """Bytes that the process has had written to disk."""
    with open(f"/proc/{pid}/io", encoding="utf-8") as io:
        return next(int(line.split()[1]) for line in io if line.startswith("write_bytes"))


def resident_mib(pid, peak=False):
    """Resident memory now, or the most since the start."""
    field = "VmHWM:" if peak else "VmRSS:"
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024
